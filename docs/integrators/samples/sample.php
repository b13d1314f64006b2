<?php
// PHP 8 with openssl: first call, sign, receive, verify, retry.
[, $gateway, $system, $vectors] = $argv;
$token = trim(file_get_contents("keys/$system.token"));
$pem = file_get_contents("keys/$system.pem");
$retries = 0;

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

/** One call; a gateway that is away, or says 429 or 503, is asked again: nothing was done. */
function call(string $method, string $path, string $body = '', array $headers = []): array
{
    global $gateway, $token, $retries;
    $header = ["Authorization: Bearer $token", 'Content-Type: application/json', ...$headers];
    $http = ['method' => $method, 'header' => $header, 'content' => $body, 'ignore_errors' => true];
    for ($attempt = 1; ; $attempt++) {
        $wait = 0.2 * 2 ** $attempt;
        $http_response_header = [];
        $text = @file_get_contents($gateway . $path, false, stream_context_create(['http' => $http]));
        $status = (int) substr($http_response_header[0] ?? 'HTTP/1.1 000', 9, 3);
        if ($status >= 200 && $status < 300) {
            return json_decode($text, true);
        }
        if (!in_array($status, [0, 429, 503]) || $attempt === 5) {
            exit("refused: $text\n");
        }
        foreach ($http_response_header as $line) {
            $wait = stripos($line, 'Retry-After:') === 0 ? (float) substr($line, 12) : $wait;
        }
        $retries++;
        usleep((int) ($wait * 1e6));
    }
}

/** A detached JWS over the exact bytes (RFC 7797). */
function sign_jws(string $body, string $pem): string
{
    $certificate = openssl_x509_read(substr($pem, strpos($pem, '-----BEGIN CERTIFICATE')));
    $header = ['alg' => 'RS256', 'b64' => false, 'crit' => ['b64'], 'to' => 'shep_gateway', 'seq' => 1];
    $header['x5t#S256'] = base64url(openssl_x509_fingerprint($certificate, 'sha256', true));
    $head = base64url(json_encode($header));
    openssl_sign("$head.$body", $signature, openssl_pkey_get_private($pem), OPENSSL_ALGO_SHA256);
    return "$head.." . base64url($signature);
}

/** Whether the owner of a certificate made the token over these bytes. */
function is_signed(string $jws, string $payload, string $signer): string
{
    [$head, , $signature] = explode('.', $jws);
    $bytes = base64_decode(strtr($signature, '-_', '+/'));
    $key = openssl_pkey_get_public($signer);
    return openssl_verify("$head.$payload", $bytes, $key, OPENSSL_ALGO_SHA256) === 1 ? 'true' : 'false';
}

$content = ['contract' => 'person-query/1', 'data' => ['iin' => '920623239974']];
$question = json_encode(['service_id' => 'nr-iin-person', 'content' => $content]);
$first = call('POST', '/api/v1/messages?wait=20', $question, ['Idempotency-Key: ' . bin2hex(random_bytes(16))]);
echo 'first call: ', $first['answer']['content']['data']['person']['surname'], "\n";

[$message, $case] = [bin2hex(random_bytes(16)), bin2hex(random_bytes(16))];
$info = [
    'messageId' => $message, 'correlationId' => $case, 'serviceId' => 'nr-iin-person', 'messageType' => 'REQUEST',
    'messageDate' => gmdate('Y-m-d\TH:i:s\Z'), 'sender' => ['senderId' => $system], 'properties' => [],
];
$body = json_encode(['messageInfo' => $info, 'messageData' => $content], JSON_UNESCAPED_SLASHES);
$passed = call('POST', '/api/v1/messages/signed', $body, ['X-Signature: ' . sign_jws($body, $pem)]);
echo 'signed: ', var_export($passed['message_id'] === $message, true), "\n";

[$mail] = call('GET', "/api/v1/messages?wait=20&correlation_id=$case");
call('PUT', "/api/v1/messages/{$mail['message_id']}/delivery", '{"status": "accepted"}');
echo 'received: ', $mail['content']['contract'], "\n";

$read = fn (string $name) => file_get_contents("$vectors/$name");
$jws = $read('message.jws');
echo 'verified: ', implode(' ', [
    is_signed($jws, $read('message.json'), $read('sender.pem')),
    is_signed($jws, $read('changed.json'), $read('sender.pem')),
    is_signed($read('hop.jws'), "$jws." . $read('message.json'), $read('gateway.pem')),
]), "\n";
echo 'retried: ', var_export($retries > 0, true), "\n";
