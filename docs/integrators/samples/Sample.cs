// .NET or Mono: first call, sign, receive, verify, retry. The key is a PKCS #12 file; with Mono of the older encryption.
using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

class Sample
{
    static readonly HttpClient Http = new HttpClient();
    static string gateway;
    static int retries;

    static void Main(string[] arguments)
    {
        gateway = arguments[0];
        var system = arguments[1];
        var token = File.ReadAllText("keys/" + system + ".token").Trim();
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var own = new X509Certificate2(arguments[3], arguments[4]);

        var content = @"{""contract"": ""person-query/1"", ""data"": {""iin"": ""920623239974""}}";
        var question = @"{""service_id"": ""nr-iin-person"", ""content"": " + content + "}";
        var first = Call("POST", "/api/v1/messages?wait=20", question, "Idempotency-Key", Guid.NewGuid().ToString());
        Console.WriteLine("first call: " + Find("surname", first));

        string message = Guid.NewGuid().ToString(), caseId = Guid.NewGuid().ToString();
        var body = @"{""messageInfo"": {""messageId"": """ + message + @""", ""correlationId"": """ + caseId
            + @""", ""serviceId"": ""nr-iin-person"", ""messageType"": ""REQUEST"", ""messageDate"": """
            + DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ") + @""", ""sender"": {""senderId"": """ + system
            + @"""}, ""properties"": []}, ""messageData"": " + content + "}";
        var passed = Call("POST", "/api/v1/messages/signed", body, "X-Signature", Sign(body, own));
        Console.WriteLine("signed: " + Told(Find("message_id", passed) == message));

        var mail = Call("GET", "/api/v1/messages?wait=20&correlation_id=" + caseId);
        Call("PUT", "/api/v1/messages/" + Find("message_id", mail) + "/delivery", @"{""status"": ""accepted""}");
        Console.WriteLine("received: " + Find("contract", mail));

        Func<string, string> read = name => File.ReadAllText(Path.Combine(arguments[2], name));
        Func<string, X509Certificate2> signer = name => new X509Certificate2(Path.Combine(arguments[2], name));
        var jws = read("message.jws");
        Console.WriteLine("verified: " + Told(IsSigned(jws, read("message.json"), signer("sender.pem"))) + " "
            + Told(IsSigned(jws, read("changed.json"), signer("sender.pem"))) + " "
            + Told(IsSigned(read("hop.jws"), jws + "." + read("message.json"), signer("gateway.pem"))));
        Console.WriteLine("retried: " + Told(retries > 0));
    }

    /// One call; a gateway that is away, or says 429 or 503, is asked again: nothing was done.
    static string Call(string method, string path, string body = null, string header = null, string value = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var wait = TimeSpan.FromSeconds(0.2 * Math.Pow(2, attempt));
            try
            {
                var request = new HttpRequestMessage(new HttpMethod(method), gateway + path);
                if (body != null)
                    request.Content = new StringContent(body, Encoding.UTF8, "application/json");
                if (header != null)
                    request.Headers.Add(header, value);
                var answer = Http.SendAsync(request).Result;
                var text = answer.Content.ReadAsStringAsync().Result;
                if (answer.IsSuccessStatusCode)
                    return text;
                var status = (int)answer.StatusCode;
                if (status != 429 && status != 503 || attempt == 5)
                    throw new InvalidOperationException(text);
                var after = answer.Headers.RetryAfter;
                wait = after != null && after.Delta != null ? after.Delta.Value : wait;
            }
            catch (AggregateException)
            {
                if (attempt == 5)
                    throw;
            }
            retries++;
            Thread.Sleep(wait);
        }
    }

    /// A detached JWS over the exact bytes (RFC 7797).
    static string Sign(string body, X509Certificate2 own)
    {
        var thumbprint = SHA256.Create().ComputeHash(own.RawData);
        var header = @"{""alg"": ""RS256"", ""b64"": false, ""crit"": [""b64""], ""x5t#S256"": """
            + Base64Url(thumbprint) + @""", ""to"": ""shep_gateway"", ""seq"": 1}";
        var head = Base64Url(Encoding.UTF8.GetBytes(header));
        var signed = Encoding.UTF8.GetBytes(head + "." + body);
        var key = own.GetRSAPrivateKey();
        return head + ".." + Base64Url(key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    /// Whether the owner of a certificate made the token over these bytes.
    static bool IsSigned(string jws, string payload, X509Certificate2 signer)
    {
        var parts = jws.Split('.');
        var signed = Encoding.UTF8.GetBytes(parts[0] + "." + payload);
        var encoded = parts[2].Replace('-', '+').Replace('_', '/');
        var signature = Convert.FromBase64String(encoded.PadRight((encoded.Length + 3) / 4 * 4, '='));
        var key = signer.GetRSAPublicKey();
        return key.VerifyData(signed, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    static string Base64Url(byte[] bytes)
    {
        return Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    static string Told(bool value)
    {
        return value ? "true" : "false";
    }

    /// The first text of this name; a real client reads JSON by its library.
    static string Find(string name, string json)
    {
        return Regex.Match(json, "\"" + name + "\":\"([^\"]+)").Groups[1].Value;
    }
}
