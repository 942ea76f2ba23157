/* What the functions of src/sprig ask of the host, how often, and what becomes of a refusal. */
#include "sprig/random.h"
#include "sprig_render.h"

/* Renders one template with a fresh arena. */
#define RENDER(host, with, text) \
    bk_arena arena; \
    bk_str out; \
    bk_arena_init(&arena, 0); \
    bk_status status = sprig_render(&arena, (host), (with), bk_str_c(text), bk_nil(), &out)

TEST(one_seed_a_render) {
    fake_host host = {0};
    RENDER(&host, NULL, "{{ randAlphaNum 20 }} {{ randNumeric 5 }} {{ uuidv4 }} {{ randBytes 3 }} {{ randInt 3 4 }} {{ shuffle \"aa\" }}");
    CHECK(status == BK_OK);
    CHECK(host.asked[BK_FX_SEED] == 1);
    CHECK(out.n == 20 + 1 + 5 + 1 + 36 + 1 + 4 + 1 + 1 + 1 + 2);
    CHECK_VIEW(bk_str_from(out, out.n - 5), BK_S(" 3 aa"));
    CHECK(out.p[27 + 14] == '4');
    bk_arena_release(&arena);
}

TEST(the_same_seed_draws_the_same) {
    fake_host host = {0};
    RENDER(&host, NULL, "{{ randAscii 50 }}{{ randAlpha 9 }}");
    bk_str first = out, again;
    CHECK(status == BK_OK && first.n == 59);
    CHECK(sprig_render(&arena, &host, NULL, BK_S("{{ randAscii 50 }}{{ randAlpha 9 }}"), bk_nil(), &again) == BK_OK);
    CHECK_VIEW(again, first);
    bk_arena_release(&arena);
}

/* The block function of RFC 8439, 2.3.2 has another nonce; the all-zero key is test vector 1 of its appendix A.1. */
TEST(the_stream_is_chacha20) {
    static const unsigned char zero[32], want[8] = {0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1, 0x3d, 0x90};
    unsigned char got[8], skipped[56], second[4];
    static const unsigned char want_second[4] = {0x9f, 0x07, 0xe7, 0xbe};
    bk_random random;
    bk_random_seed(&random, zero);
    bk_random_bytes(&random, got, sizeof got);
    CHECK(memcmp(got, want, sizeof want) == 0);
    bk_random_bytes(&random, skipped, sizeof skipped);
    bk_random_bytes(&random, second, sizeof second);
    CHECK(memcmp(second, want_second, sizeof second) == 0);
}

TEST(draws_have_no_bias) {
    static const unsigned char seed[32] = {7};
    enum { SIDES = 10, THROWS = 100000 };
    int count[SIDES] = {0};
    bk_random random;
    bk_random_seed(&random, seed);
    for (int i = 0; i < THROWS; i++) count[bk_random_below(&random, SIDES)]++;
    for (int i = 0; i < SIDES; i++) CHECK(count[i] > THROWS / SIDES - 500 && count[i] < THROWS / SIDES + 500);
    for (uint64_t n = 1; n && n < UINT64_MAX / 3; n *= 3) CHECK(bk_random_below(&random, n) < n);
    CHECK(bk_random_below(&random, 1) == 0);
    (void)bk_random_below(&random, UINT64_MAX);
}

TEST(one_clock_a_render) {
    fake_host host = {0};
    RENDER(&host, NULL, "{{ now | unixEpoch }} {{ date \"2006\" nil }} {{ ago 1699999939 }} {{ now.Unix }} {{ (now).UnixNano }}");
    CHECK(status == BK_OK);
    CHECK_STR(out, "1700000000 2023 1m1s 1700000000 1700000000000000005");
    CHECK(host.asked[BK_FX_CLOCK] == 1);
    bk_arena_release(&arena);
}

TEST(times_and_durations_have_methods) {
    static const char *const cases[][2] = {
        {"{{ now.Year }} {{ now.Month }} {{ now.Day }} {{ now.Weekday }} {{ now.YearDay }}", "2023 November 14 Tuesday 318"},
        {"{{ now.Hour }}:{{ now.Minute }}:{{ now.Second }}.{{ now.Nanosecond }}", "22:13:20.5"},
        {"{{ now.Format \"Jan 2\" }} {{ (now.AddDate 0 1 -1).Format \"Jan 2\" }}", "Nov 14 Dec 13"},
        {"{{ $t := now.Add (mustToDuration \"90m\") }}{{ $t.Sub now }} {{ $t.After now }} {{ $t.Before now }} {{ $t.Equal $t }}",
         "1h30m0s true false true"},
        {"{{ (now.Truncate 1000000000).Nanosecond }} {{ now.IsZero }} {{ now.IsDST }} {{ now.UTC.Location }}", "0 false false UTC"},
        {"{{ (mustToDuration 90).Minutes }} {{ (mustToDuration 90).String }} {{ (mustToDuration -1).Abs.Milliseconds }}", "1.5 1m30s 1000"},
        {"{{ now.Month.String }} {{ now.wall }}", "! t: wall is an unexported field of struct type time.Time"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        fake_host host = {0};
        RENDER(&host, NULL, cases[i][0]);
        bk_str want = bk_str_c(cases[i][1]);
        bool fails = bk_str_starts(want, BK_S("! "));
        CHECK((status != BK_OK) == fails);
        if (!fails) CHECK_VIEW(out, want);
        else CHECK(bk_str_ends(out, bk_str_from(want, 5)));
        bk_arena_release(&arena);
    }
}

static bk_status no_zone(fake_host *host, bk_effect op, bk_map *args, bk_arena *arena, bk_value *ret, bk_err *err) {
    if (op == BK_FX_CLOCK) return fake_answer(host, op, args, arena, ret, err);
    return bk_err_set(err, BK_ERR, "unknown time zone");
}

TEST(zones_are_asked_for_once_and_unknown_ones_are_utc) {
    fake_host host = {.answer = no_zone};
    RENDER(&host, NULL,
           "{{ range until 3 }}{{ dateInZone \"15:04 MST\" 0 \"Nowhere/Land\" }} {{ end }}{{ dateInZone \"MST\" 0 \"../x\" }}");
    CHECK(status == BK_OK);
    CHECK_STR(out, "00:00 UTC 00:00 UTC 00:00 UTC UTC");
    CHECK(host.asked[BK_FX_ZONEINFO] == 1);
    bk_arena_release(&arena);
}

/* Functions that hide failures in Helm do not hide the guard's. */
TEST(refusals_end_the_render) {
    static const char *const templates[] = {
        "{{ randAlpha 3 }}",
        "{{ now }}",
        "{{ date \"2006\" 0 }}",
        "{{ toDate \"2006\" \"2020\" }}",
        "{{ dateInZone \"2006\" 0 \"Europe/Berlin\" }}",
        "{{ bcrypt \"x\" }}",
        "{{ htpasswd \"u\" \"p\" }}",
        "{{ genPrivateKey \"\" }}",
        "{{ genCA \"c\" 1 }}",
        "{{ encryptAES \"k\" \"t\" }}",
        "{{ derivePassword 1 \"pin\" \"p\" \"u\" \"s\" }}",
        "{{ ago 0 }}",
    };
    for (size_t i = 0; i < BK_COUNT(templates); i++) {
        fake_host host = {.refuse = BK_ERR_DENIED};
        RENDER(&host, NULL, templates[i]);
        CHECK(status == BK_ERR_DENIED);
        CHECK(bk_str_contains(out, BK_S("the guard says no")));
        bk_arena_release(&arena);
    }
}

TEST(only_with_a_cluster_does_lookup_ask) {
    fake_host host = {.refuse = BK_ERR_DENIED};
    bk_sprig_env lint = {.cluster = true, .lint = true}, cluster = {.cluster = true}, dns = {.dns = true};
    RENDER(&host, NULL, "{{ lookup \"v1\" \"Secret\" \"ns\" \"x\" }}|{{ getHostByName \"localhost\" }}");
    CHECK(status == BK_OK);
    CHECK_STR(out, "map[]|");
    CHECK(sprig_render(&arena, &host, &lint, BK_S("{{ lookup \"v1\" \"Secret\" \"ns\" \"x\" }}"), bk_nil(), &out) == BK_OK);
    CHECK(host.asked[BK_FX_LOOKUP] == 0 && host.asked[BK_FX_DNS] == 0);
    CHECK(sprig_render(&arena, &host, &cluster, BK_S("{{ lookup \"v1\" \"Secret\" \"ns\" \"x\" }}"), bk_nil(), &out) == BK_ERR_DENIED);
    CHECK(sprig_render(&arena, &host, &dns, BK_S("{{ getHostByName \"localhost\" }}"), bk_nil(), &out) == BK_ERR_DENIED);
    bk_arena_release(&arena);
}

static bk_status give_list(BK_UNUSED fake_host *host, bk_effect op, bk_map *args, BK_UNUSED bk_arena *arena, bk_value *ret,
                           BK_UNUSED bk_err *err) {
    static bk_value address;
    address = bk_string(BK_S("127.0.0.1"));
    bool known = op == BK_FX_DNS && bk_str_eq(bk_map_str(args, "host", BK_S("")), BK_S("localhost"));
    *ret = bk_list_typed(BK_T_STRINGS, known ? &address : bk_no_items, known ? 1 : 0);
    return BK_OK;
}

TEST(names_of_hosts) {
    fake_host host = {.answer = give_list};
    bk_sprig_env dns = {.dns = true};
    RENDER(&host, &dns, "{{ getHostByName \"localhost\" }}");
    CHECK(status == BK_OK);
    CHECK_STR(out, "127.0.0.1");
    CHECK(sprig_render(&arena, &host, &dns, BK_S("{{ getHostByName \"nowhere\" }}"), bk_nil(), &out) == BK_ERR);
    CHECK(bk_str_ends(out, BK_S("error calling getHostByName: invalid argument to Intn")));
    bk_arena_release(&arena);
}

TEST(lint_mode_does_not_fail) {
    fake_host host = {0};
    bk_sprig_env lint = {.lint = true};
    RENDER(&host, &lint, "{{ fail \"a b\" }}|{{ required \"need\" nil }}|");
    CHECK(status == BK_OK);
    CHECK_STR(out, "||");
    CHECK_STR(host.log, "WARN msg=\"missing required value\" message=need");
    CHECK(sprig_render(&arena, &host, &lint, BK_S("{{ fail \"a b\" }}"), bk_nil(), &out) == BK_OK);
    CHECK_STR(host.log, "INFO msg=\"funcMap fail\" message=\"a b\"");
    bk_arena_release(&arena);
}

/* ---- keys ---- */

/* Certificates that tell what was asked for. */
static bk_status make_keys(BK_UNUSED fake_host *host, bk_effect op, bk_map *args, bk_arena *arena, bk_value *ret, bk_err *err) {
    bk_str what = bk_map_str(args, "op", BK_S(""));
    if (op != BK_FX_KEYGEN) return bk_err_set(err, BK_ERR, "unexpected");
    if (bk_str_eq(bk_map_str(args, "key", BK_S("")), BK_S("bad")))
        return bk_err_set(err, BK_ERR, "parsing private key: no PEM data in input");
    if (bk_str_eq(what, BK_S("check")) || bk_str_eq(what, BK_S("custom"))) {
        *ret = bk_bool(true);
        return BK_OK;
    }
    bk_value *ca = bk_map_get(args, BK_S("ca")), *ips = bk_map_get(args, BK_S("ips")), *days = bk_map_get(args, BK_S("days"));
    bk_str text;
    bk_map *pair = bk_map_new(arena, 2);
    bool ok = pair && bk_arena_printf(arena, &text, "%.*s %.*s %d ips %d days ca=%.*s", BK_FMT(what),
                                      BK_FMT(bk_map_str(args, "cn", BK_S("?"))), ips ? (int)ips->len : -1, days ? (int)days->i : -1,
                                      BK_FMT(ca ? bk_map_str(ca->map, "cert", BK_S("?")) : BK_S("none")));
    if (!ok || !bk_map_set(pair, BK_S("cert"), bk_string(text)) || !bk_map_set(pair, BK_S("key"), bk_string(BK_S("K"))))
        return bk_arena_fail(arena, err);
    *ret = bk_map_value(pair);
    return BK_OK;
}

TEST(certificates) {
    static const char *const cases[][2] = {
        {"{{ $c := genCA \"me\" 3 }}{{ $c.Cert }} {{ $c.Key }} {{ typeOf $c }} {{ kindOf $c }}",
         "ca me -1 ips 3 days ca=none K sprig.certificate struct"},
        {"{{ genSelfSignedCert \"me\" (list \"::1\" \"1.2.3.4\") nil 7 }}", "{self-signed me 2 ips 7 days ca=none K}"},
        {"{{ (genSignedCert \"me\" nil (list \"a.b\") 7 (genCA \"root\" 1)).Cert }}",
         "signed me 0 ips 7 days ca=ca root -1 ips 1 days ca=none"},
        {"{{ genSelfSignedCert \"me\" (list \"1.2.3\") nil 7 }}", "! error calling genSelfSignedCert: error parsing ip: 1.2.3"},
        {"{{ genSelfSignedCert \"me\" (list \"fe80::1%eth0\") nil 7 }}",
         "! error calling genSelfSignedCert: error parsing ip: fe80::1%eth0"},
        {"{{ genSelfSignedCert \"me\" (list 5) nil 7 }}", "! error calling genSelfSignedCert: error parsing ip: 5 is not a string"},
        {"{{ genSelfSignedCert \"me\" nil (list nil) 7 }}",
         "! error calling genSelfSignedCert: error processing alternate dns name: <nil> is not a string"},
        {"{{ genSelfSignedCertWithKey \"me\" (list 5) nil 7 \"bad\" }}",
         "! error calling genSelfSignedCertWithKey: parsing private key: no PEM data in input"},
        {"{{ genSelfSignedCertWithKey \"me\" (list 5) nil 7 \"good\" }}",
         "! error calling genSelfSignedCertWithKey: error parsing ip: 5 is not a string"},
        {"{{ genCAWithKey \"me\" 1 \"bad\" }}", "! error calling genCAWithKey: parsing private key: no PEM data in input"},
        {"{{ buildCustomCert (b64enc \"C\") (b64enc \"K\") | toJson }}", "{\"Cert\":\"C\",\"Key\":\"K\"}"},
        {"{{ buildCustomCert \"!\" \"\" }}", "! error calling buildCustomCert: unable to decode base64 certificate"},
        {"{{ buildCustomCert \"\" \"!\" }}", "! error calling buildCustomCert: unable to decode base64 private key"},
        {"{{ genPrivateKey \"x\" }}", "Unknown type x"},
    };
    for (size_t i = 0; i < BK_COUNT(cases); i++) {
        fake_host host = {.answer = make_keys};
        bk_arena arena;
        bk_arena_init(&arena, 0);
        CHECK_STR(sprig_text(&arena, &host, cases[i][0]), cases[i][1]);
        bk_arena_release(&arena);
    }
}

TEST(long_passwords) {
    fake_host host = {.refuse = BK_ERR_DENIED};
    RENDER(&host, NULL, "{{ bcrypt (repeat 73 \"x\") }}");
    CHECK(status == BK_OK);
    CHECK_STR(out, "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes");
    bk_arena_release(&arena);
}

TEST_MAIN()
