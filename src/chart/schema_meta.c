/* The drafts and their meta-schemas, reduced to what asserts something: titles, comments and defaults are left out.
 *
 * The texts are JSON with ' for ". What a draft took over from the one before is a macro. */
#include "chart/schema_internal.h"
#include "data/json.h"

#define BASE_2019 "https://json-schema.org/draft/2019-09/"
#define BASE_2020 "https://json-schema.org/draft/2020-12/"

enum {
    USUAL_2019 = BK_VOCAB_CORE | BK_VOCAB_APPLICATOR | BK_VOCAB_VALIDATION,
    USUAL_2020 = USUAL_2019 | BK_VOCAB_UNEVALUATED,
    NOTES = BK_VOCAB_META_DATA | BK_VOCAB_CONTENT,
    ALL_2019 = USUAL_2019 | NOTES | BK_VOCAB_FORMAT,
    ALL_2020 = USUAL_2020 | NOTES | BK_VOCAB_FORMAT_ANNOTATION | BK_VOCAB_FORMAT_ASSERTION,
};

const bk_draft bk_drafts[BK_DRAFTS] = {
    {4, "http://json-schema.org/draft-04/schema", NULL, NULL, 0, 0, BK_KW_ID},
    {6, "http://json-schema.org/draft-06/schema", NULL, NULL, 0, 0, BK_KW_DOLLAR_ID},
    {7, "http://json-schema.org/draft-07/schema", NULL, NULL, 0, 0, BK_KW_DOLLAR_ID},
    {2019, BASE_2019 "schema", BASE_2019 "vocab/", BASE_2019 "meta/", ALL_2019, USUAL_2019, BK_KW_DOLLAR_ID},
    {2020, BASE_2020 "schema", BASE_2020 "vocab/", BASE_2020 "meta/", ALL_2020, USUAL_2020, BK_KW_DOLLAR_ID},
};

/* By bit. */
const char *const bk_vocab_names[BK_VOCABS] = {
    "core", "applicator", "unevaluated", "validation", "meta-data", "format", "format-annotation", "format-assertion", "content",
};

/* ---- texts ---- */
/* clang-format off */

#define TYPED(name, type) "'" name "':{'type':'" type "'}"
#define STRING(name) TYPED(name, "string")
#define NUMBER(name) TYPED(name, "number")
#define BOOLEAN(name) TYPED(name, "boolean")
#define REF(name, to) "'" name "':{'$ref':'" to "'}"
/* name: a schema / a map of schemas; `self` refers to the meta-schema. */
#define ONE(name, self) "'" name "':" self
#define MANY(name, self) "'" name "':{'type':'object','additionalProperties':" self "}"
#define MANY_PATTERNS(self) "'patternProperties':{'type':'object','additionalProperties':" self ",'propertyNames':{'format':'regex'}}"
#define EITHER(name, self, other) "'" name "':{'anyOf':[" self "," other "]}"
#define STRINGS "{'type':'array','items':{'type':'string'},'uniqueItems':true,'default':[]}"
#define STRINGS_4 "{'type':'array','items':{'type':'string'},'minItems':1,'uniqueItems':true}"
#define SCHEMAS(self) "'schemaArray':{'type':'array','minItems':1,'items':" self "}"
#define TYPE_NAMES "'simpleTypes':{'enum':['array','boolean','integer','null','number','object','string']}"
#define COUNT "{'type':'integer','minimum':0}"
#define TYPE(defs) \
    "'type':{'anyOf':[{'$ref':'#/" defs "/simpleTypes'},{'type':'array','items':{'$ref':'#/" defs "/simpleTypes'},'minItems':1," \
    "'uniqueItems':true}]}"
#define PATTERN "'pattern':{'type':'string','format':'regex'}"
#define URI(name) "'" name "':{'type':'string','format':'uri'}"
#define URI_REFERENCE(name) "'" name "':{'type':'string','format':'uri-reference'}"
#define SELF "{'$ref':'#'}"

/* Draft 4 */
#define COUNT_4(name) REF(name, "#/definitions/positiveInteger")
#define COUNT_4_0(name) REF(name, "#/definitions/positiveIntegerDefault0")
#define LIST_4(name) REF(name, "#/definitions/schemaArray")
#define DRAFT_4 \
    "{'$schema':'http://json-schema.org/draft-04/schema#','definitions':{" SCHEMAS(SELF) ",'positiveInteger':" COUNT \
    ",'positiveIntegerDefault0':{'allOf':[{'$ref':'#/definitions/positiveInteger'},{'default':0}]}," TYPE_NAMES ",'stringArray':" STRINGS_4 \
    "},'type':'object','properties':{'id':{'type':'string','format':'uriref'}," URI("$schema") "," STRING("title") "," STRING("description") \
    ",'default':{},'multipleOf':{'type':'number','minimum':0,'exclusiveMinimum':true}," NUMBER("maximum") "," BOOLEAN("exclusiveMaximum") \
    "," NUMBER("minimum") "," BOOLEAN("exclusiveMinimum") "," COUNT_4("maxLength") "," COUNT_4_0("minLength") "," PATTERN \
    "," EITHER("additionalItems", "{'type':'boolean'}", SELF) "," EITHER("items", SELF, "{'$ref':'#/definitions/schemaArray'}") \
    "," COUNT_4("maxItems") "," COUNT_4_0("minItems") "," BOOLEAN("uniqueItems") "," COUNT_4("maxProperties") "," COUNT_4_0("minProperties") \
    "," REF("required", "#/definitions/stringArray") "," EITHER("additionalProperties", "{'type':'boolean'}", SELF) \
    "," MANY("definitions", SELF) "," MANY("properties", SELF) "," MANY("patternProperties", SELF) \
    ",'dependencies':{'type':'object','additionalProperties':{'anyOf':[" SELF ",{'$ref':'#/definitions/stringArray'}]}}" \
    ",'enum':{'type':'array','minItems':1,'uniqueItems':true}," TYPE("definitions") "," LIST_4("allOf") "," LIST_4("anyOf") \
    "," LIST_4("oneOf") "," ONE("not", SELF) "," STRING("format") "," STRING("$ref") \
    "},'dependencies':{'exclusiveMaximum':['maximum'],'exclusiveMinimum':['minimum']}}"

/* Drafts 6 and 7: what both have. */
#define COUNT_6(name) REF(name, "#/definitions/nonNegativeInteger")
#define COUNT_6_0(name) REF(name, "#/definitions/nonNegativeIntegerDefault0")
#define HEAD_6(draft) \
    "{'$schema':'http://json-schema.org/draft-0" draft "/schema#','$id':'http://json-schema.org/draft-0" draft \
    "/schema#','definitions':{" SCHEMAS(SELF) ",'nonNegativeInteger':" COUNT \
    ",'nonNegativeIntegerDefault0':{'allOf':[{'$ref':'#/definitions/nonNegativeInteger'},{'default':0}]}," TYPE_NAMES \
    ",'stringArray':" STRINGS "},'type':['object','boolean'],'properties':{" URI_REFERENCE("$id") "," URI("$schema") \
    "," URI_REFERENCE("$ref") "," STRING("title") "," STRING("description") \
    ",'default':true,'multipleOf':{'type':'number','exclusiveMinimum':0}," NUMBER("maximum") "," NUMBER("exclusiveMaximum") \
    "," NUMBER("minimum") "," NUMBER("exclusiveMinimum") "," COUNT_6("maxLength") "," COUNT_6_0("minLength") "," PATTERN \
    "," ONE("additionalItems", SELF) "," EITHER("items", SELF, "{'$ref':'#/definitions/schemaArray'}") "," COUNT_6("maxItems") \
    "," COUNT_6_0("minItems") "," BOOLEAN("uniqueItems") "," ONE("contains", SELF) "," COUNT_6("maxProperties") \
    "," COUNT_6_0("minProperties") "," REF("required", "#/definitions/stringArray") "," ONE("additionalProperties", SELF) \
    "," MANY("definitions", SELF) "," MANY("properties", SELF) \
    ",'dependencies':{'type':'object','additionalProperties':{'anyOf':[" SELF ",{'$ref':'#/definitions/stringArray'}]}}" \
    "," ONE("propertyNames", SELF) ",'const':true," TYPE("definitions") "," LIST_4("allOf") "," LIST_4("anyOf") "," LIST_4("oneOf") \
    "," ONE("not", SELF) "," STRING("format") ",'enum':{'type':'array','minItems':1,'uniqueItems':true},"
#define DRAFT_6 HEAD_6("6") MANY("patternProperties", SELF) "}}"
#define DRAFT_7 \
    HEAD_6("7") MANY_PATTERNS(SELF) "," STRING("$comment") "," BOOLEAN("readOnly") "," BOOLEAN("writeOnly") \
    ",'examples':{'type':'array','items':true}," STRING("contentMediaType") "," STRING("contentEncoding") "," ONE("if", SELF) \
    "," ONE("then", SELF) "," ONE("else", SELF) "}}"

/* Drafts 2019-09 and 2020-12: a meta-schema for each vocabulary. */
#define HEAD(base, vocab, mark) \
    "{'$schema':'" base "schema','$id':'" base "meta/" vocab "','$vocabulary':{'" base "vocab/" vocab "':true}," mark \
    ",'type':['object','boolean'],'properties':{"
#define MARK_2019 "'$recursiveAnchor':true"
#define MARK_2020 "'$dynamicAnchor':'meta'"
#define SELF_2019 "{'$recursiveRef':'#'}"
#define SELF_2020 "{'$dynamicRef':'#meta'}"
#define LIST(name) REF(name, "#/$defs/schemaArray")
#define APPLICATOR(self) \
    ONE("contains", self) "," ONE("additionalProperties", self) "," MANY("properties", self) "," MANY_PATTERNS(self) \
    "," MANY("dependentSchemas", self) "," ONE("propertyNames", self) "," ONE("if", self) "," ONE("then", self) "," ONE("else", self) \
    "," LIST("allOf") "," LIST("anyOf") "," LIST("oneOf") "," ONE("not", self)
#define UNEVALUATED(self) ONE("unevaluatedItems", self) "," ONE("unevaluatedProperties", self)
#define NATURAL(name) REF(name, "#/$defs/nonNegativeInteger")
#define NATURAL_0(name) REF(name, "#/$defs/nonNegativeIntegerDefault0")
#define VALIDATION \
    "'multipleOf':{'type':'number','exclusiveMinimum':0}," NUMBER("maximum") "," NUMBER("exclusiveMaximum") "," NUMBER("minimum") \
    "," NUMBER("exclusiveMinimum") "," NATURAL("maxLength") "," NATURAL_0("minLength") "," PATTERN "," NATURAL("maxItems") \
    "," NATURAL_0("minItems") "," BOOLEAN("uniqueItems") "," NATURAL("maxContains") "," NATURAL("minContains") \
    "," NATURAL("maxProperties") "," NATURAL_0("minProperties") "," REF("required", "#/$defs/stringArray") \
    ",'dependentRequired':{'type':'object','additionalProperties':{'$ref':'#/$defs/stringArray'}},'const':true,'enum':{'type':'array'," \
    "'items':true}," TYPE("$defs") "},'$defs':{'nonNegativeInteger':" COUNT \
    ",'nonNegativeIntegerDefault0':{'$ref':'#/$defs/nonNegativeInteger','default':0}," TYPE_NAMES ",'stringArray':" STRINGS "}}"
#define META_DATA \
    STRING("title") "," STRING("description") ",'default':true," BOOLEAN("deprecated") "," BOOLEAN("readOnly") "," BOOLEAN("writeOnly") \
    ",'examples':{'type':'array','items':true}}}"
#define CONTENT(self) STRING("contentMediaType") "," STRING("contentEncoding") "," ONE("contentSchema", self) "}}"
#define IDENTIFIER_PATTERN "'pattern':'^[^#]*#?$'"
#define USED(base, vocab, yes) "'" base "vocab/" vocab "':" yes

#define SCHEMA_2019 \
    "{'$schema':'" BASE_2019 "schema','$id':'" BASE_2019 "schema','$vocabulary':{" USED(BASE_2019, "core", "true") \
    "," USED(BASE_2019, "applicator", "true") "," USED(BASE_2019, "validation", "true") "," USED(BASE_2019, "meta-data", "true") \
    "," USED(BASE_2019, "format", "false") "," USED(BASE_2019, "content", "true") "}," MARK_2019 \
    ",'allOf':[{'$ref':'meta/core'},{'$ref':'meta/applicator'},{'$ref':'meta/validation'},{'$ref':'meta/meta-data'}," \
    "{'$ref':'meta/format'},{'$ref':'meta/content'}],'type':['object','boolean'],'properties':{" MANY("definitions", SELF_2019) \
    ",'dependencies':{'type':'object','additionalProperties':{'anyOf':[" SELF_2019 ",{'$ref':'meta/validation#/$defs/stringArray'}]}}}}"
#define CORE_2019 \
    HEAD(BASE_2019, "core", MARK_2019) "'$id':{'type':'string','format':'uri-reference'," IDENTIFIER_PATTERN "}," URI("$schema") \
    ",'$anchor':{'type':'string','pattern':'^[A-Za-z][-A-Za-z0-9.:_]*$'}," URI_REFERENCE("$ref") "," URI_REFERENCE("$recursiveRef") \
    "," BOOLEAN("$recursiveAnchor") ",'$vocabulary':{'type':'object','propertyNames':{'type':'string','format':'uri'}," \
    "'additionalProperties':{'type':'boolean'}}," STRING("$comment") "," MANY("$defs", SELF_2019) "}}"
#define APPLICATOR_2019 \
    HEAD(BASE_2019, "applicator", MARK_2019) ONE("additionalItems", SELF_2019) "," UNEVALUATED(SELF_2019) \
    "," EITHER("items", SELF_2019, "{'$ref':'#/$defs/schemaArray'}") "," APPLICATOR(SELF_2019) "},'$defs':{" SCHEMAS(SELF_2019) "}}"

#define SCHEMA_2020 \
    "{'$schema':'" BASE_2020 "schema','$id':'" BASE_2020 "schema','$vocabulary':{" USED(BASE_2020, "core", "true") \
    "," USED(BASE_2020, "applicator", "true") "," USED(BASE_2020, "unevaluated", "true") "," USED(BASE_2020, "validation", "true") \
    "," USED(BASE_2020, "meta-data", "true") "," USED(BASE_2020, "format-annotation", "true") "," USED(BASE_2020, "content", "true") \
    "}," MARK_2020 \
    ",'allOf':[{'$ref':'meta/core'},{'$ref':'meta/applicator'},{'$ref':'meta/unevaluated'},{'$ref':'meta/validation'}," \
    "{'$ref':'meta/meta-data'},{'$ref':'meta/format-annotation'},{'$ref':'meta/content'}],'type':['object','boolean']," \
    "'properties':{" MANY("definitions", SELF_2020) ",'dependencies':{'type':'object','additionalProperties':{'anyOf':[" SELF_2020 \
    ",{'$ref':'meta/validation#/$defs/stringArray'}]}}," REF("$recursiveAnchor", "meta/core#/$defs/anchorString") \
    "," REF("$recursiveRef", "meta/core#/$defs/uriReferenceString") "}}"
#define CORE_2020 \
    HEAD(BASE_2020, "core", MARK_2020) "'$id':{'$ref':'#/$defs/uriReferenceString'," IDENTIFIER_PATTERN "}" \
    "," REF("$schema", "#/$defs/uriString") \
    "," REF("$ref", "#/$defs/uriReferenceString") "," REF("$anchor", "#/$defs/anchorString") \
    "," REF("$dynamicRef", "#/$defs/uriReferenceString") "," REF("$dynamicAnchor", "#/$defs/anchorString") \
    ",'$vocabulary':{'type':'object','propertyNames':{'$ref':'#/$defs/uriString'},'additionalProperties':{'type':'boolean'}}" \
    "," STRING("$comment") "," MANY("$defs", SELF_2020) \
    "},'$defs':{'anchorString':{'type':'string','pattern':'^[A-Za-z_][-A-Za-z0-9._]*$'}," URI("uriString") \
    "," URI_REFERENCE("uriReferenceString") "}}"
#define APPLICATOR_2020 \
    HEAD(BASE_2020, "applicator", MARK_2020) LIST("prefixItems") "," ONE("items", SELF_2020) "," APPLICATOR(SELF_2020) "},'$defs':{" \
    SCHEMAS(SELF_2020) "}}"
#define FORMAT(base, vocab, mark) HEAD(base, vocab, mark) STRING("format") "}}"

/* clang-format on */

typedef struct document {
    const char *path;
    const char *text; /* NULL: a folder */
} document;

static const document documents[] = {
    {"schema", SCHEMA_2020},
    {"draft-04/schema", DRAFT_4},
    {"draft-06/schema", DRAFT_6},
    {"draft-07/schema", DRAFT_7},
    {"draft/2019-09/schema", SCHEMA_2019},
    {"draft/2019-09/meta/core", CORE_2019},
    {"draft/2019-09/meta/applicator", APPLICATOR_2019},
    {"draft/2019-09/meta/validation", HEAD(BASE_2019, "validation", MARK_2019) VALIDATION},
    {"draft/2019-09/meta/meta-data", HEAD(BASE_2019, "meta-data", MARK_2019) META_DATA},
    {"draft/2019-09/meta/format", FORMAT(BASE_2019, "format", MARK_2019)},
    {"draft/2019-09/meta/content", HEAD(BASE_2019, "content", MARK_2019) CONTENT(SELF_2019)},
    {"draft/2020-12/schema", SCHEMA_2020},
    {"draft/2020-12/meta/core", CORE_2020},
    {"draft/2020-12/meta/applicator", APPLICATOR_2020},
    {"draft/2020-12/meta/unevaluated", HEAD(BASE_2020, "unevaluated", MARK_2020) UNEVALUATED(SELF_2020) "}}"},
    {"draft/2020-12/meta/validation", HEAD(BASE_2020, "validation", MARK_2020) VALIDATION},
    {"draft/2020-12/meta/meta-data", HEAD(BASE_2020, "meta-data", MARK_2020) META_DATA},
    {"draft/2020-12/meta/format-annotation", FORMAT(BASE_2020, "format-annotation", MARK_2020)},
    {"draft/2020-12/meta/format-assertion", FORMAT(BASE_2020, "format-assertion", MARK_2020)},
    {"draft/2020-12/meta/content", HEAD(BASE_2020, "content", MARK_2020) CONTENT(SELF_2020)},
    {"draft", NULL},
    {"draft-04", NULL},
    {"draft-06", NULL},
    {"draft-07", NULL},
    {"draft/2019-09", NULL},
    {"draft/2019-09/meta", NULL},
    {"draft/2020-12", NULL},
    {"draft/2020-12/meta", NULL},
};

/* ---- looking up ---- */

/* Without "http://" or "https://" and the host of the specification; false for any other URL. */
static bool in_specification(bk_str url, bk_str *ret_path) {
    static const bk_str hosts[] = {{"http://json-schema.org/", 23}, {"https://json-schema.org/", 24}};
    for (size_t i = 0; i < BK_COUNT(hosts); i++) {
        if (!bk_str_starts(url, hosts[i])) continue;
        *ret_path = bk_str_from(url, hosts[i].n);
        return true;
    }
    return false;
}

const bk_draft *bk_draft_of(bk_str url) {
    bk_str path, fragment;
    if (bk_str_cut(url, BK_S("#"), &url, &fragment) && fragment.n) return NULL;
    if (!in_specification(url, &path)) {
        /* the scheme may be missing altogether */
        const bk_str host = BK_S("json-schema.org/");
        if (!bk_str_starts(url, host)) return NULL;
        path = bk_str_from(url, host.n);
    }
    if (bk_str_eq(path, BK_S("schema"))) return &bk_drafts[BK_DRAFTS - 1];
    for (size_t i = 0; i < BK_DRAFTS; i++) {
        bk_str own;
        if (in_specification(bk_str_c(bk_drafts[i].url), &own) && bk_str_eq(own, path)) return &bk_drafts[i];
    }
    return NULL;
}

bool bk_schema_is_own(bk_str url) { return bk_draft_of(url) != NULL; }

bool bk_dialect_has(const bk_dialect *d, unsigned vocab) {
    if (vocab == BK_VOCAB_CORE || d->draft->version < 2019) return true;
    return ((d->vocabs ? d->vocabs : d->draft->usual_vocabs) & vocab) != 0;
}

bk_status bk_meta_document(bk_arena *arena, bk_str url, bk_value *ret, bool *ret_found, bk_err *err) {
    bk_str path, text;
    size_t i = 0;
    *ret_found = false;
    if (!in_specification(url, &path)) return BK_OK;
    while (i < BK_COUNT(documents) && !bk_str_eq(path, bk_str_c(documents[i].path))) i++;
    if (i == BK_COUNT(documents)) return BK_OK;
    if (!documents[i].text) return bk_err_set(err, BK_ERR, "read metaschemas/%s/: is a directory", documents[i].path);
    if (!bk_arena_dup(arena, bk_str_c(documents[i].text), &text)) return bk_arena_fail(arena, err);
    for (char *p = (char *)text.p; *p; p++)
        if (*p == '\'') *p = '"';
    *ret_found = true;
    return bk_json_decode(arena, text, BK_JSON_NUMBER, BK_T_NIL, ret, err);
}
