/* effects.h: what template functions ask of the host, and in which words.
 *
 * The ARGS section of each request is one value (value/codec.h), here always a map with string keys; the payload of each
 * answer is one value. Numbers are int64, texts are strings, "bytes" are values of type []uint8 (a reader accepts a string
 * as well, and treats it the same). A key in brackets may be absent. No other key is ever sent, and the host may refuse
 * one that is not listed.
 *
 * An answer that is an error carries a status and a text. BK_ERR is the function's own failure: its text stands, unchanged,
 * where Go's error text would (the engine puts "error calling NAME: " in front). BK_ERR_DENIED, BK_ERR_LIMIT
 * and the rest end the render with the host's words; no function swallows them, not even those that hide failures in Helm.
 *
 * SEED      {}                          -> bytes, 32 of them
 *     Entropy, once a render. All of rand*, randBytes, randInt, shuffle, uuidv4 and getHostByName's choice come from a
 *     ChaCha20 stream under this key (sprig/random.h).
 *
 * CLOCK     {}                          -> {unix, nsec, zone, [tzif]}
 *     Once a render; now, ago, date of a non-date and durationRound read the same sample. unix: seconds since 1970; nsec: 0 … 999999999;
 *     zone: the name of the local zone ("UTC", "Europe/Berlin", "Local"), for the ledger; tzif: bytes of its TZif file. Without tzif, or
 *     with one that does not parse, local time is UTC.
 *
 * ZONEINFO  {name}                      -> bytes (TZif)
 *     name has been checked as Go does: not empty, "UTC" or "Local"; no "..", not starting with "/" or "\". The host checks again:
 *     [A-Za-z0-9_+-/] only. An unknown zone is BK_ERR (any text; the function falls back to UTC). Asked once for each name in a render.
 *
 * KEYGEN    {op, …}                     -> a string, or {cert, key}, by op
 *     {op: "private-key", type}                            -> string (PEM)
 *         type: "rsa" (4096 bits, PKCS#1 "RSA PRIVATE KEY"), "dsa" (L2048 N256, "DSA PRIVATE KEY": SEQUENCE of version 0, p, q, g, y, x),
 *         "ecdsa" (P-256, SEC 1 "EC PRIVATE KEY"), "ed25519" (PKCS#8 "PRIVATE KEY"). Others never arrive.
 *     {op: "ca", cn, days, [key]}                          -> {cert, key}
 *     {op: "self-signed", cn, ips, dns, days, [key]}       -> {cert, key}
 *     {op: "signed", cn, ips, dns, days, ca: {cert, key}, [key]} -> {cert, key}
 *         cert and key are PEM, lines of 64, each ending in a newline. Without `key` a new RSA key of 2048 bits; with it (PEM: PKCS#1 RSA,
 *         SEC 1 EC, DSA as above, PKCS#8) that key, written out again in the form listed above. ips: list of strings, each a valid
 *         textual IPv4 or IPv6 address (checked by the engine, check again); dns: list of strings; days: any int64, the product with 24 h in
 *         nanoseconds wraps around as int64. The certificate, as Sprig makes it: version 3, serial number random below 2^128, subject (issuer
 *         too, for ca and self-signed; else the ca's subject) CN=cn, notBefore now, notAfter now + days, key usage digitalSignature +
 *         keyEncipherment (critical; ca: + keyCertSign), extended key usage serverAuth, clientAuth, basic constraints critical (ca: CA:TRUE),
 *         subjectKeyIdentifier for ca, authorityKeyIdentifier when signed by another certificate that has one, subjectAltName when ips or
 *         dns is not empty (dns first). Signature by the signer's key type: SHA256-RSA, ECDSA-SHA256 (P-384: SHA384, P-521: SHA512), Ed25519.
 *     {op: "check", [key], [ca: {cert, key}]}              -> true
 *         Only the checks of "signed" with these, in the same order and words; makes nothing.
 *     {op: "custom", cert, key}                            -> true
 *         buildCustomCert's check of a PEM certificate and a PEM private key.
 *     Texts of errors, in the order of the checks (X is the cause):
 *         key:     "parsing private key: X" with X one of "no PEM data in input", "decoding PEM as PKCS#8: Y", "no private key data in PEM block of
 *                  type T", "parsing RSA private key from PEM: Y", "parsing EC private key from PEM: Y", "parsing DSA private key from PEM: Y",
 *                  "invalid private key type T"
 *         ca.cert, custom.cert: "unable to decode certificate" (no PEM block at all), "error parsing certificate: decodedCert.Bytes: Y" (custom),
 *                  "error parsing certificate: decodedSignerCert.Bytes: Y" (ca)
 *         ca.key, custom.key: "error parsing private key: X" with X as above
 *         signing: "error creating certificate: Y", e.g. Y = x509: "é" cannot be encoded as an IA5String; a DSA key: "x509: unsupported public
 *                  key type: *dsa.PublicKey"; "x509: provided PrivateKey doesn't match parent's PublicKey"
 *
 * CIPHER    {op, …}                     -> bytes
 *     {op: "aes-encrypt", key: bytes(32), text: bytes}     -> bytes: a random IV of 16 bytes, then AES-256-CBC of text with PKCS#7 padding
 *     {op: "aes-decrypt", key: bytes(32), text: bytes}     -> bytes: AES-256-CBC of text[16:] with the IV text[:16], padding left in place.
 *         The length of text is a multiple of 16 and at least 32.
 *     {op: "scrypt", password: bytes, salt: bytes, n: 32768, r: 8, p: 2, length: 64} -> bytes(length). Only these numbers are ever sent.
 *
 * BCRYPT    {password: bytes, cost: 10} -> string ("$2a$10$…")
 *     password has at most 72 bytes and may hold NUL; cost is always 10.
 *
 * DNS       {host}                      -> list of strings: addresses, as net.LookupHost orders them; none when there is none (Helm fails then),
 *     one empty text where names are not resolved.
 *
 * LOOKUP    {apiVersion, kind, namespace, name} -> map: the object, a list when name is "", empty when there is none
 *     Strings as the template gave them, unchecked. Sent only when the call has a cluster. Numbers of the object as Kubernetes' own decoder
 *     makes them: int64 for integers that fit, else float64. A failure is BK_ERR with Helm's text ("unable to get apiresource from
 *     unstructured: …"). */
#ifndef BK_SPRIG_EFFECTS_H
#define BK_SPRIG_EFFECTS_H

#include "tmpl/func.h"

/* One argument of a request. */
typedef struct bk_fx_arg {
    const char *key;
    bk_value value;
} bk_fx_arg;

/* Sends the request {args…} and decodes the answer. Failures fill call->err with the host's status and words. */
bk_status bk_fx_ask(bk_call *call, bk_effect op, const bk_fx_arg *args, size_t count, bk_value *ret);

#endif
