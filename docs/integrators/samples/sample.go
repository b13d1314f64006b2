// Go 1.19 or later, the standard library alone: first call, sign, receive, verify, retry.
package main

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

var gateway, token string
var retries int

func main() {
	log.SetFlags(0)
	system, vectors := os.Args[2], os.Args[3]
	gateway, token = os.Args[1], strings.TrimSpace(string(read("keys/"+system+".token")))
	block, certificates := pem.Decode(read("keys/" + system + ".pem"))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(err)
	certificate := certificateOf(certificates)

	content := object{"contract": "person-query/1", "data": object{"iin": "920623239974"}}
	question := encode(object{"service_id": "nr-iin-person", "content": content})
	var first struct {
		Answer struct {
			Content struct{ Data struct{ Person struct{ Surname string } } }
		}
	}
	call("POST", "/api/v1/messages?wait=20", question, &first, "Idempotency-Key", newID())
	fmt.Println("first call:", first.Answer.Content.Data.Person.Surname)

	message, caseID := newID(), newID()
	info := object{
		"messageId": message, "correlationId": caseID, "serviceId": "nr-iin-person", "messageType": "REQUEST",
		"messageDate": time.Now().UTC().Format(time.RFC3339), "sender": object{"senderId": system},
		"properties": []object{},
	}
	body := encode(object{"messageInfo": info, "messageData": content})
	var passed struct {
		MessageID string `json:"message_id"`
	}
	call("POST", "/api/v1/messages/signed", body, &passed, "X-Signature", sign(body, key.(*rsa.PrivateKey), certificate))
	fmt.Println("signed:", passed.MessageID == message)

	var mails []struct {
		MessageID string `json:"message_id"`
		Content   struct{ Contract string }
	}
	call("GET", "/api/v1/messages?wait=20&correlation_id="+caseID, nil, &mails)
	call("PUT", "/api/v1/messages/"+mails[0].MessageID+"/delivery", encode(object{"status": "accepted"}), nil)
	fmt.Println("received:", mails[0].Content.Contract)

	jws, good := read(vectors+"/message.jws"), read(vectors+"/message.json")
	sender, forwarder := certificateOf(read(vectors+"/sender.pem")), certificateOf(read(vectors+"/gateway.pem"))
	hop := bytes.Join([][]byte{jws, good}, []byte("."))
	fmt.Println("verified:", isSigned(jws, good, sender), isSigned(jws, read(vectors+"/changed.json"), sender),
		isSigned(read(vectors+"/hop.jws"), hop, forwarder))
	fmt.Println("retried:", retries > 0)
}

// call makes one call; a gateway that is away, or says 429 or 503, is asked again: nothing was done.
func call(method, path string, body []byte, result any, headers ...string) {
	for attempt := 1; ; attempt++ {
		wait := 0.2 * math.Pow(2, float64(attempt))
		request, err := http.NewRequest(method, gateway+path, bytes.NewReader(body))
		check(err)
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		for n := 0; n < len(headers); n += 2 {
			request.Header.Set(headers[n], headers[n+1])
		}
		answer, err := http.DefaultClient.Do(request)
		if err == nil {
			text, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			if answer.StatusCode/100 == 2 {
				if result != nil {
					check(json.Unmarshal(text, result))
				}
				return
			}
			if answer.StatusCode != 429 && answer.StatusCode != 503 {
				log.Fatal(string(text))
			}
			if after, err := strconv.ParseFloat(answer.Header.Get("Retry-After"), 64); err == nil {
				wait = after
			}
		}
		if attempt == 5 {
			log.Fatal("the gateway is away: ", err)
		}
		retries++
		time.Sleep(time.Duration(wait * float64(time.Second)))
	}
}

// sign makes a detached JWS over the exact bytes (RFC 7797).
func sign(body []byte, key *rsa.PrivateKey, certificate *x509.Certificate) string {
	thumbprint := sha256.Sum256(certificate.Raw)
	header := object{
		"alg": "RS256", "b64": false, "crit": []string{"b64"}, "to": "shep_gateway", "seq": 1,
		"x5t#S256": base64.RawURLEncoding.EncodeToString(thumbprint[:]),
	}
	head := base64.RawURLEncoding.EncodeToString(encode(header))
	digest := sha256.Sum256([]byte(head + "." + string(body)))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
	check(err)
	return head + ".." + base64.RawURLEncoding.EncodeToString(signature)
}

// isSigned says whether the owner of a certificate made the token over these bytes.
func isSigned(jws, payload []byte, signer *x509.Certificate) bool {
	parts := strings.Split(string(jws), ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	check(err)
	digest := sha256.Sum256([]byte(parts[0] + "." + string(payload)))
	return rsa.VerifyPKCS1v15(signer.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], signature) == nil
}

func certificateOf(text []byte) *x509.Certificate {
	block, _ := pem.Decode(text)
	certificate, err := x509.ParseCertificate(block.Bytes)
	check(err)
	return certificate
}

func read(name string) []byte {
	content, err := os.ReadFile(name)
	check(err)
	return content
}

func encode(value any) []byte {
	text, err := json.Marshal(value)
	check(err)
	return text
}

func newID() string {
	id := make([]byte, 16)
	_, err := rand.Read(id)
	check(err)
	return hex.EncodeToString(id)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
