/* A client of SyncChannel over gSOAP: the code of the messages is made from the WSDL of ШЭП, the plug-in wsse signs the Body of
   the question and verifies that of the answer.

   gsoap_client URL OWN-PEM GATEWAY-PEM SENDER ИИН     prints the code and the data of the answer

   The certificate of ШЭП is given: this gSOAP (2.8.124) takes none from a KeyIdentifier. */

#include "wsseapi.h"
#include "SyncChannelHttpBinding.nsmap"

static void end_by_fault(struct soap *soap, const char *step) {
  fprintf(stderr, "%s: ", step);
  soap_print_fault(soap, stderr);
  exit(1);
}

int main(int count, char **arguments) {
  struct soap *soap = soap_new1(SOAP_XML_CANONICAL | SOAP_C_UTFSTRING);
  FILE *own = fopen(arguments[2], "r"), *pinned = fopen(arguments[3], "r");
  EVP_PKEY *key = PEM_read_PrivateKey(own, NULL, NULL, NULL);
  X509 *certificate = PEM_read_X509(own, NULL, NULL, NULL);
  EVP_PKEY *gateway = X509_get_pubkey(PEM_read_X509(pinned, NULL, NULL, NULL));
  struct ns3__SenderInfo sender = {arguments[4]};
  struct ns4__SyncMessageInfo info = {0};
  struct ns4__RequestData data;
  struct ns4__SyncSendMessageRequest request = {&info, &data};
  struct _ns2__SendMessage question = {&request};
  struct _ns2__SendMessageResponse answer;
  char text[200];

  info.messageId = "1";
  info.serviceId = "GBDFL_UniversalServiceSync";
  info.messageDate = time(NULL);
  info.sender = &sender;
  snprintf(text, sizeof text, "<messageId>1</messageId><iin>%s</iin>", arguments[5]);
  data.data = text;

  soap_set_namespaces(soap, namespaces);
  soap_register_plugin(soap, soap_wsse);
  if (soap_wsse_add_KeyInfo_X509Certificate(soap, certificate)
      || soap_wsse_sign_body(soap, SOAP_SMD_SIGN_RSA_SHA256, key, 0)
      || soap_wsse_verify_auto(soap, SOAP_SMD_VRFY_RSA_SHA256, gateway, 0))
    end_by_fault(soap, "security");
  if (soap_call___ns1__SendMessage(soap, arguments[1], NULL, &question, &answer))
    end_by_fault(soap, "call");
  if (soap_wsse_verify_body(soap))
    end_by_fault(soap, "body");
  printf("%s %s\n", answer.response->responseInfo->status->code, answer.response->responseData->data);
  return 0;
}
