"""What looks like a secret goes, what only resembles one stays."""

from __future__ import annotations

import pytest

from pm_autofill.redaction.shapes import Shapes, mask

HEX = "0123456789abcdef" * 2
UUID = "3f2a1b9c-1111-2222-3333-444455556666"

# The text, and what is left of it; None where nothing but the mark is.
TOKENS = [
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "gho_16C7e42F292c6912E7710c838347Ae178B4a",
    "ghu_16C7e42F292c6912E7710c838347Ae178B4a",
    "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "ghr_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11ABCDEFG0abcdefghijkl_abcdefghijklmnopqrstuvwxyz",
    "glpat-abcdefghijklmnopqrst",
    "glptt-abcdefghijklmnopqrst",
    "gldt-abcdefghijklmnopqrst",
    "glrt-abcdefghijklmnopqrst",
    "AKIAIOSFODNN7EXAMPLE",
    "ASIAIOSFODNN7EXAMPLE",
    "AIzaSyA-1234567890abcdefghijklmnopqrstu",
    "ya29.a0AfH6SMBabc_def",
    "xoxb-123456789012-abcdefghijkl",
    "xoxp-123456789012-abcdefghijkl",
    "xoxe.xoxp-1-abcdefghijkl",
    "xapp-1-A0123456789-abcdefghijkl",
    "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
    "u+AbCdEfGhIjKlMnOpQr",
    "R0" + "1A2B3C4D5E" * 3,
    "sk_live_51abcdefghijklmnop",
    "rk_live_51abcdefghijklmnop",
    "whsec_abcdefghijklmnop",
    "SG.abcdefghijklmnop_-q.rstuvwxyzABCDEFGHIJKLMNOP",
    f"SK{HEX}",
    f"AC{HEX}",
    "npm_abcdefghijklmnopqrstuvwxyz0123456789",
    "pypi-AgEIcHlwaS5vcmcCJDU3NTA4",
    f"dop_v1_{HEX}{HEX}",
    "hvs.CAESIJ1abcdefghijklmnop",
    "hvb.AAAAAQJabcdefghijklmnop",
    "glsa_yscW25imSKJIuav8zF37RZmnbiDvB05G_fcaaf58a",
    "glc_eyJvIjoiMTIzNDU2Nzg5MCIs",
    "sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL",
    "sk-ant-api03-abc-def_ghi",
    "sk-proj-abc-def_ghi",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_ghi",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0",
    "shpat_0123456789abcdef0123456789abcdef",
    "ATATT3xFfGF0abcdefghijklmnop",
    "lin_api_abcdefghijklmnopqrst",
    f"{HEX}-us12",
]
MASKED = [
    # what a conference needs
    (
        "Bridge: +1 415-555-1212,,,,1234# or https://meet.example/j/998877?pwd=Zm9vYmFy",
        "Bridge: [phone] or https://meet.example/j/998877?pwd=[secret]",
    ),
    ("[phone],,,,1234#", "[phone]"),
    ("Meeting ID: 123 456 789 Passcode: abc", "Meeting ID: [secret] Passcode: [secret]"),
    ("Passcode: 1234", "Passcode: [secret]"),
    ("PIN 1234#", "PIN [secret]"),
    ("PIN: 123 456 789#", "PIN: [secret]"),
    (
        "+1 323-555-0166,,123456789# Phone Conference ID: 123 456 789#",
        "[phone] Phone Conference ID: [secret]",
    ),
    ("One tap mobile +16465588656,,83012345678#,,,,*123456#", "One tap mobile [phone]"),
    ("Dial 646-558-8656, ID 123456789#", "Dial [phone], ID [secret]"),
    ("access code 1234567", "access code [secret]"),
    ("verification code: 123456", "verification code: [secret]"),
    # telephone numbers
    ("tel:+441234567890;ext=12", "tel:[phone]"),
    ("tel:+1-415-555-1212,,1234#", "tel:[phone]"),
    ("+44 (0)20 7946 0958 x123", "[phone]"),
    ("+1 415 555 1212 ext. 5", "[phone]"),
    ("+49 (170) 123-45-67", "[phone]"),
    ("0044 7700 900123", "[phone]"),
    ("(415) 555-1212", "[phone]"),
    ("call 415-555-0123 or (415) 555-0123 or 1-800-555-0199", "call [phone] or [phone] or [phone]"),
    ("call 07700 900123", "call [phone]"),
    ("ring 0800 123 4567", "ring [phone]"),
    ("call Maya on 07700 900123, please", "call Maya on [phone], please"),
    ("phone 4155551212", "phone [phone]"),
    ("tel: 030 1234567", "tel: [phone]"),
    ("Tel. 030/1234567", "Tel. [phone]"),
    ("Telefon: 0170 1234567", "Telefon: [phone]"),
    ("Mobil: 0151-12345678", "Mobil: [phone]"),
    ("Rufen Sie 0170 1234567 an", "Rufen Sie [phone] an"),
    ("appeler le 01 23 45 67 89", "appeler le [phone]"),
    ("mobile 07700900123 or 07700900124", "mobile [phone] or [phone]"),
    ("phone: 020 7946 0958 / 07700 900123", "phone: [phone] / [phone]"),
    ("cell 555-123-4567", "cell [phone]"),
    ("ph. 9876543210", "ph. [phone]"),
    ("my number is 07700900123", "my number is [phone]"),
    ("https://wa.me/447700900123", "https://wa.me/[phone]"),
    ("電話 \uff10\uff13-1234-5678", "電話 [phone]"),
    # addresses that are a key
    ("https://hooks.slack.com/services/T0/B0/XXXX", "https://hooks.slack.com/services/[secret]"),
    (
        "https://acme.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/1",
        "https://acme.webhook.office.com/webhookb2/[secret]",
    ),
    ("https://discord.com/api/webhooks/123456789/abcDEF_ghi", "https://discord.com/api/webhooks/[secret]"),
    ("https://chat.example/hooks/abcdefgh12345678ijkl", "https://chat.example/hooks/[secret]"),
    (
        f"https://events.pagerduty.com/integration/{HEX}/enqueue",
        "https://events.pagerduty.com/integration/[secret]",
    ),
    # links
    ("https://user:pass@host.example/path", "https://user:[secret]@host.example/path"),
    ("postgres://app:hunter2@db:5432/shop", "postgres://app:[secret]@db:5432/shop"),
    ("redis://:s3cret@cache:6379", "redis://:[secret]@cache:6379"),
    ("root:hunter2@tcp(db:3306)/shop", "root:[secret]@tcp(db:3306)/shop"),
    ("https://x.example/?access_token=abc&code=4/0Adeu5B", "https://x.example/?access_token=[secret]&code=[secret]"),
    ("https://x.example/?key=checkout", "https://x.example/?key=[secret]"),
    ("https://x.example/?a=1&token=abc#top", "https://x.example/?a=1&token=[secret]#top"),
    (
        "https://s3.example/b?X-Amz-Algorithm=A&X-Amz-Signature=abc123&X-Amz-Expires=1",
        "https://s3.example/b?X-Amz-Algorithm=A&X-Amz-Signature=[secret]&X-Amz-Expires=1",
    ),
    ("https://g.example/o?X-Goog-Signature=abc123", "https://g.example/o?X-Goog-Signature=[secret]"),
    ("https://a.example/c?sv=2022-11-02&sig=abc%2Fdef%3D&se=1", "https://a.example/c?sv=2022-11-02&sig=[secret]&se=1"),
    ("https://us02web.zoom.us/j/123456789?pwd=abcDEF.1", "https://us02web.zoom.us/j/123456789?pwd=[secret]"),
    ("https://teams.microsoft.com/meet/2345?p=aBcDeF", "https://teams.microsoft.com/meet/2345?p=[secret]"),
    ("redirect=https%3A%2F%2Fy%2F%3Ftoken%3Dabc", "redirect=https%3A%2F%2Fy%2F%3Ftoken%3D[secret]"),
    # behind the word for it
    ("password: hunter2", "password: [secret]"),
    ("passwd=hunter2", "passwd=[secret]"),
    ("pwd is hunter2", "pwd is [secret]"),
    ("pwd is swordfish", "pwd is [secret]"),
    ("the password for the box is hunter2", "the password for the box is [secret]"),
    ("**Password:** hunter2", "**Password:** [secret]"),
    ("Password (of the bridge): hunter2", "Password (of the bridge): [secret]"),
    ("Kennwort: geheim1", "Kennwort: [secret]"),
    ("PGPASSWORD=abc psql", "PGPASSWORD=[secret] psql"),
    ("Server=db;User Id=sa;Password=hunter2;Encrypt=yes", "Server=db;User Id=sa;Password=[secret];Encrypt=yes"),
    ('{"password": "hunter2", "token": "abc"}', '{"password": "[secret]", "token": "[secret]"}'),
    (r"{\"password\":\"hunter2\"}", r"{\"password\":\"[secret]\"}"),
    ('{password="hunter2"}', '{password="[secret]"}'),
    ("secret=foo123", "secret=[secret]"),
    ("secret: correct-horse-battery-staple", "secret: [secret]"),
    ("api_key=abcd", "api_key=[secret]"),
    ("export SHOP_TOKEN=abc123", "export SHOP_TOKEN=[secret]"),
    ("clientSecret: abcDEF123", "clientSecret: [secret]"),
    (
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "aws_secret_access_key=[secret]",
    ),
    (
        "AccountName=a;AccountKey=abc123+/def456==;EndpointSuffix=x",
        "AccountName=a;AccountKey=[secret];EndpointSuffix=x",
    ),
    (f"routing_key: {HEX}", "routing_key: [secret]"),
    (f"the routing key is {HEX}", "the routing key is [secret]"),
    (f"integration key {HEX} stays", "integration key [secret] stays"),
    (f"key {HEX}", "key [secret]"),
    (f"token {HEX}", "token [secret]"),
    ("REST key y_NbAkKc66ryYTWUXYEu", "REST key [secret]"),
    ("api key: y_NbAkKc66ryYTWUXYEu", "api key: [secret]"),
    (f"auth token: {HEX}", "auth token: [secret]"),
    (f"api key: {UUID}", "api key: [secret]"),
    # headers and commands
    ("Authorization: Bearer abc.def-123", "Authorization: Bearer [secret]"),
    ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic [secret]"),
    (f"Authorization: GenieKey {UUID}", "Authorization: GenieKey [secret]"),
    ("Authorization: Token token=y_NbAkKc66ryYTWUXYEu", "Authorization: Token [secret]"),
    ("Cookie: session=abc; theme=dark", "Cookie: [secret]"),
    ("X-Vault-Token: abcdefghijkl", "X-Vault-Token: [secret]"),
    ("curl -u ann:hunter22 https://x.example", "curl -u ann:[secret] https://x.example"),
    ("--token abc123 --password=xyz", "--token [secret] --password=[secret]"),
    ("mysql -u root -phunter2", "mysql -u root -p[secret]"),
    # keys of several lines
    (
        "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIEabcdefghijklmnopqrstuv\nABC=\n-----END RSA PRIVATE KEY-----\nb",
        "a\n[secret]\nb",
    ),
    (r"-----BEGIN PRIVATE KEY-----\nMIIEabcdefghijklmnopqrstuv\n-----END PRIVATE KEY-----\n", r"[secret]\n"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nabcdefghijklmnop0123\nabcd…", "[secret]…"),
    ("abcdefghijklmnop0123456789ab\n-----END PRIVATE KEY-----", "[secret]"),
    # written so that it cannot be seen at once
    ("gh\u200bp_abcd\u00adefghij0123456789", "[secret]"),
    ("ghp\\_abcdefghij0123456789", "[secret]"),
    ("&#103;hp_abcdefghij0123456789", "[secret]"),
    ("pass\u200bword: hunter2", "pass\u200bword: [secret]"),
    ("call 0\u200b7700 900123", "call [phone]"),
]
KEPT = [
    # numbers that are something else
    "order 4512345678 failed",
    "Order 1234567890123456 and order 123-456-7890",
    "at 1763473337 (1763473337123 ms), called at 1763473337, epoch 1763473337.123",
    "2026-11-18T14:20:05Z, 2026-11-18 14:20:05 +0100, 20261118142005",
    "call 2026-11-18 14:20",
    "call 3 of 5",
    "call volume 1200000; the call took 1200345 ms; API call 1763473 failed",
    "phone alerts: 12 of 15, phone 3 pages sent, calls per second 1200.5",
    "mobile users 1 234 567",
    "port 5432, HTTP 500, :8080, exit code: 137, error code 500123, zip code 12345",
    "10.2.9.3:8080 and 192.168.100.200; call 192.168.100.200; bridge 10.0.0.1",
    "version 2026.11.2, v1.24.3-rc1, checkout 2026.11.3, build 20261118.1, 1.2.3.4.5.6.7",
    "99.95% of 1,763,473 requests; $12.50 or EUR 1.234.567,89; between 415 and 555 ms",
    "rate rose by +1200 to 48213 of 1763473337 events (+5 2026-03-14 09:12)",
    "rose by +1763473337 bytes",
    "exports (2022-08 … 2026-03) were read",
    "PIN 12, CPU pin 5, pin to version 1.24.3, pinned at 2026, id: 1234567",
    "0x7fff5fbff8a0 0012 3456 7890 abcd; between 0900 1000 1100; 05 10 15 20 25 30 35",
    "signal 15 received 1234567 times; contact 2 engineers; conference room 12",
    # digests, ids and names
    "commit 3f2a9c1 of the key rotation",
    "commit 3f2a9c1d4e5f60718293a4b5c6d7e8f901234567 key rotation done",
    f"sha256:{HEX}{HEX}, digest {HEX}{HEX}, image shop@sha256:{HEX}{HEX}",
    f"request id {UUID}, key {UUID}",
    f"trace {HEX} span 00f067aa0ba902b7, trace_id={HEX}",
    f"cache key {HEX} evicted, dedup_key: {HEX}, primary key 1234567 violated",
    "Q1CHKOUT7X4M2A PSVCCHK pod checkout-7d9f8b6c5-x2x9k, see #48213",
    "ABC-1234, see https://jira.example/browse/x?key=ABC-1234",
    "openvpn@client.service failed, git@github.com:acme/checkout.git",
    'ETag "33a64df551425fcc55e4d42a148795d9f25f89d4"',
    "global-checkout-service-production-1, sk-bratislava-1-checkout-canary-9, pypi-attestation-models-long-name",
    # queries, and addresses of dashboards
    'sum(rate(http_requests_total{api_key_type="x",token="eu1"}[5m]))',
    'token_requests_total 5, rate(token_requests_total{key="value"}[5m]), kube_secret_info{secret="checkout-tls"}',
    "https://grafana.example/d/slo/slo?from=1763473337000&to=1763476937000&var-token=eu1&viewPanel=2",
    "https://prom.example/graph?g0.expr=rate%28http_requests_total%7Btoken%3D%22x%22%7D%5B5m%5D%29&g0.tab=0",
    # sentences about secrets
    "key 2026-11-18, key metrics: 3 of 5, foreign key constraint",
    "token bucket 5000 exhausted, the token expired yesterday, Token: expired, max_tokens=4096 tokens: 1500",
    "the API key was rotated, the secret was missing, the password is wrong, passwords are hashed",
    'password reset emails were delayed, password authentication failed for user "app"',
    "password=${DB_PASSWORD}, password: <redacted>, token: ****, secretName: checkout-tls",
    "token_file: /var/run/secrets/token, users.password:update",
    "Auth service failed for 1200 users, basic authentication failed, Basic plan 12345678",
    "bearer token missing, Bearer authentication required, Authorization: failed for user",
    "cookie: the banner is broken, session affinity 3600, jwt validation failed, --token is required",
    "passed: 12, failed: 3",
]


# Sentences, log lines, links and queries as they stand in notes and channels during incidents.
SAID = [
    "failed to fetch token: EOF",
    "could not refresh token: timeout",
    "invalid auth token: unauthorized",
    'Error: secret "checkout-tls" not found',
    "secret/checkout-tls updated by argo at 14:02",
    'parse error: unexpected token "5m"',
    "We rolled back checkout 4.1.2 to 4.1.1 at 14:31 UTC; error rate fell from 12.4% to 0.02% within 90 s.",
    "Latency p99 went from 320 ms to 4,120 ms; 17,014 of 143,201 requests failed.",
    "Deployed build 8812345 (commit 9fceb02d0ae598e95dc970b74767f19372d61af8) to eu-west-1.",
    "Ann paged Ben at 13:44, he acknowledged at 13:46 and joined the bridge at 13:50.",
    "Bridge opened 13:50, closed 15:10. 12 people on the call, 3 from payments.",
    "On the call: Ann, Ben, Noor. Call ended at 15:10 after 80 minutes.",
    "Customer 1002345678 reported that order 7001234567 was charged twice, ticket #482133.",
    "Refunded 1,204 orders (IDs 4000123456 to 4000124660).",
    "Kafka lag on orders-v2 reached 1234567 messages, partition 12 offset 9876543210.",
    "DB connections: 500/500, pool exhausted; max_connections=500, pgbouncer port 6432.",
    "Pod checkout-7f9c8d6b5d-abcde OOMKilled (exit code 137), limit 512Mi, RSS 536870912 bytes.",
    "Trace 5b8aa5a2d2c872e8321cf37308d69df2, span 051581bf3cb55c13, request 01HF7YAT31SZ3M4V5S6T7U8V9W.",
    "The cert for api.example.com expired at 2026-11-18T13:42:17Z (serial 04:3f:9a:12:bb).",
    "x509: certificate has expired or is not yet valid: current time 2026-11-18T13:42:20Z is after 2026-11-18T13:42:17Z",
    "dial tcp 10.0.12.7:5432: connect: connection refused",
    'GET /v1/orders/8812345678?limit=100&offset=200 HTTP/1.1 500 1234 "-" "curl/7.88.1"',
    "alert HighErrorRate for checkout: value 0.1242, threshold 0.01, for 2m",
    "ArgoCD synced checkout to 3f2a9c1 at 14:31, previous 9fceb02.",
    "Feature flag new-checkout-flow (key: new-checkout-flow) set to 50% at 13:40",
    "Redis key session:12345678:cart evicted 12000 times",
    "SELECT * FROM tokens WHERE id = 12345678 took 4.2 s",
    "The auth service rejected 1.2M tokens per minute; token validation p99 was 2.3 s.",
    "JWT signing key rotation at 13:42 invalidated sessions; key id 2026-11-18-a.",
    "Password reset e-mails were delayed by 40 minutes. Password hashing took 300 ms.",
    "Login failures: 12% (password: 8%, passkey: 4%).",
    "API key usage rose from 1,000 to 25,000 per minute.",
    "Secrets manager throttled us at 10,000 requests per second.",
    "The session cookie was 4,096 bytes, so nginx answered 400.",
    "On-call: primary Ann, secondary Ben; escalation after 5 minutes; 3 phone calls, 2 SMS.",
    "Phone notification to Ann failed 2 times, mobile push worked.",
    "PagerDuty notified Ann by phone at 13:44:12 and by SMS at 13:45:12.",
    "Mobile app 7.12.0 (build 71200345) crashed for 3.4% of users.",
    "Cell 12 of the ring was overloaded; shard 3 moved to host 10.4.5.6.",
    "GC pause 1200 ms; heap 3221225472 of 4294967296.",
    "Memory 0x00007f2c3c0008c0, pid 31337, uid 1000:1000, mode 0644",
    "MTU 1500, VLAN 204, ASN 64512, AS13335",
    "1763473337 1763473397 1763473457 1763473517",
    "2026-11-18 13:42:17,123 ERROR [http-nio-8080-exec-12] c.e.checkout.PaymentClient - 504",
    "tel aviv, Tel-Aviv region me-central1",
    "dashboards uid PBFA97CFB590B2093, panel 12, https://grafana.example/d/checkout-slo/checkout?orgId=1&viewPanel=12",
    "incident Q1CHKOUT7X4M2A #48213, P1, SEV-1",
    "https://acme.pagerduty.com/incidents/Q1CHKOUT7X4M2A",
    "https://github.com/acme/checkout/commit/9fceb02d0ae598e95dc970b74767f19372d61af8",
    "https://github.com/acme/checkout/pull/4711/files#diff-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "https://argocd.example/applications/checkout?node=apps%2FDeployment&tab=diff",
    "https://kibana.example/app/discover#/?_g=(time:(from:'2026-11-18T13:00:00Z'))&_a=(query:(language:kuery,query:'code:500'))",
    "https://docs.google.com/document/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789/edit",
    "https://acme.slack.com/archives/C0123ABCDEF/p1763473337123456",
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "https://jira.acme.example/browse/SHOP-1234?focusedCommentId=1234567",
    "https://status.example/incidents/abcdefghij",
    "arn:aws:iam::123456789012:role/checkout-role",
    "account 123456789012, AROAEXAMPLEROLEID1234",
    "sha1:9fceb02d0ae598e95dc970b74767f19372d61af8",
    "md5 d41d8cd98f00b204e9800998ecf8427e",
    "container 3f4e8d7c6b5a4938271605f4e3d2c1b0a9f8e7d6c5b4a3928170605040302010",
    "0800-1000 UTC maintenance, 0930 deploy",
    "between 1300 and 1430 UTC, 90 minutes",
    "ETA 20 min, owner: Ann, due 2026-11-25",
    'rate(http_requests_total{job="checkout",code=~"5..",secret_name="x"}[5m]) > 0.05',
    'label_replace(x, "token", "$1", "instance", "(.*):.*")',
    'sum by (key) (rate(cache_key_lookups_total{key=~"user:.*"}[1m]))',
    "The pin on version 3.2 was removed. Pin count 64.",
    "Access code review took 2 days; security code scanning was off.",
    "Conference 2026 and meeting at 15:00; room 4.12",
    "The passcode screen froze. Host key verification failed.",
    "Zip code 94107-1234, postal code 10115",
    "ID 12345 # comment",
    "Order no. 0800 1234567",
    "invoice 0049-2026-1234",
    "version 0.12.3.4567-rc1, python 3.11.7",
    "+12% requests, +1200 rps, +3.2 GB, +00:15",
    "load average: 12.34, 10.56, 8.90",
    '192.0.2.1 - - [18/Nov/2026:13:42:17 +0000] "GET / HTTP/1.1" 502 1234',
    "uuid 123e4567-e89b-12d3-a456-426614174000 key 123e4567-e89b-12d3-a456-426614174000",
    "1 234 567 890 requêtes ; appel de 3 minutes",
    "call_id=1763473337 caller=checkout calls=1200345",
    "CallSid 9876543210 duration 1234567",
]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("around", ["{}", "use {} here", "X={}", '"{}",', "({})", "https://x.example/{}?y"])
def test_a_token_of_a_known_form_goes_whole(token: str, around: str) -> None:
    """Alone, in a sentence, assigned, quoted and in a link; what is around it stays."""
    assert mask(around.format(token), Shapes()).text == around.format("[secret]")


@pytest.mark.parametrize(("text", "left"), MASKED)
def test_what_looks_like_a_secret_is_masked(text: str, left: str) -> None:
    """The secret goes, and nothing else."""
    found = mask(text, Shapes())
    assert found.text == left
    assert sum(found.counts.values()) >= 1
    assert mask(left, Shapes()).text == left


@pytest.mark.parametrize("text", [*KEPT, *SAID])
def test_what_only_resembles_one_stays(text: str) -> None:
    """Order numbers, digests, UUIDs, instants, ports, queries, and sentences about secrets."""
    assert mask(text, Shapes()).text == text


def test_masks_are_counted_by_kind() -> None:
    """Each mask once, under what was masked."""
    counts = mask("pwd=a1b2c3, call +44 20 7946 0958 or +44 20 7946 0959", Shapes()).counts
    assert counts == {"secret": 1, "phone": 2}


def test_a_text_that_holds_a_mark_is_not_masked_again() -> None:
    """What was masked stands as it is, whatever word is before it."""
    for text in (
        "password: [secret]",
        "--token [secret] [phone]",
        "https://a:[secret]@b/?key=[secret]",
        "PIN [secret]",
    ):
        assert mask(text, Shapes()).text == text


def test_a_team_names_more() -> None:
    """Patterns of letters, digits and stars, in whatever case, within words and over blanks."""
    shapes = Shapes.of(("CUST-######", "acme_*", "ward ? bed ##"), ())
    found = mask("cust-123456 in x=acme_a.b, Ward  C bed 12, CUST-12", shapes)
    assert found.text == "[secret] in x=[secret] [secret], CUST-12"


def test_a_team_names_what_stays() -> None:
    """A number that is none of telephones, and one field that is no password; the others still go."""
    shapes = Shapes.of((), ("+4512345678", "password_age=*"))
    text = "part +4512345678, password_age=x1y2z3, call +4587654321"
    assert mask(text, shapes).text == "part +4512345678, password_age=x1y2z3, call [phone]"
