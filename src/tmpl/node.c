#include "tmpl/ast.h"

#include "value/gofmt.h"

static void print_names(bk_buf *out, bk_names names) {
    for (uint32_t i = 0; i < names.n; i++) {
        bk_buf_byte(out, '.');
        bk_buf_str(out, names.items[i].text);
    }
}

/* An operand; a pipeline gets parentheses. The parser bounds how deep they nest. */
static void print_operand(bk_buf *out, const bk_node *node) {
    if (node->kind == BK_NODE_PIPE) bk_buf_byte(out, '(');
    bk_node_print(out, node);
    if (node->kind == BK_NODE_PIPE) bk_buf_byte(out, ')');
}

static void print_command(bk_buf *out, const bk_node_command *cmd) {
    for (uint32_t i = 0; i < cmd->n; i++) {
        if (i) bk_buf_byte(out, ' ');
        print_operand(out, cmd->args[i]);
    }
}

static void print_pipe(bk_buf *out, const bk_node_pipe *pipe) {
    for (uint32_t i = 0; i < pipe->decls; i++) {
        if (i) bk_buf_c(out, ", ");
        bk_buf_str(out, pipe->decl[i].name);
    }
    if (pipe->decls) bk_buf_c(out, pipe->assign ? " = " : " := ");
    for (uint32_t i = 0; i < pipe->n; i++) {
        if (i) bk_buf_c(out, " | ");
        print_command(out, pipe->cmds[i]);
    }
}

static void print_template(bk_buf *out, const bk_node_template *node) {
    bk_buf_c(out, "{{template ");
    bk_fmt_quote(out, node->name);
    if (node->pipe) {
        bk_buf_byte(out, ' ');
        print_pipe(out, node->pipe);
    }
    bk_buf_c(out, "}}");
}

void bk_node_print(bk_buf *out, const bk_node *node) {
    switch ((bk_node_kind)node->kind) {
    case BK_NODE_TEXT: bk_buf_str(out, ((const bk_node_text *)node)->text); break;
    case BK_NODE_ACTION:
        bk_buf_c(out, "{{");
        print_pipe(out, ((const bk_node_action *)node)->pipe);
        bk_buf_c(out, "}}");
        break;
    case BK_NODE_IF:
    case BK_NODE_WITH:
    case BK_NODE_RANGE: break; /* no error is ever at one: evaluating its pipeline comes first */
    case BK_NODE_TEMPLATE: print_template(out, (const bk_node_template *)node); break;
    case BK_NODE_BREAK: bk_buf_c(out, "{{break}}"); break;
    case BK_NODE_CONTINUE: bk_buf_c(out, "{{continue}}"); break;
    case BK_NODE_PIPE: print_pipe(out, (const bk_node_pipe *)node); break;
    case BK_NODE_COMMAND: print_command(out, (const bk_node_command *)node); break;
    case BK_NODE_FIELD: print_names(out, ((const bk_node_field *)node)->names); break;
    case BK_NODE_VARIABLE:
        bk_buf_str(out, ((const bk_node_variable *)node)->name);
        print_names(out, ((const bk_node_variable *)node)->names);
        break;
    case BK_NODE_CHAIN:
        print_operand(out, ((const bk_node_chain *)node)->base);
        print_names(out, ((const bk_node_chain *)node)->names);
        break;
    case BK_NODE_FUNCTION: bk_buf_str(out, ((const bk_node_function *)node)->name); break;
    case BK_NODE_DOT: bk_buf_byte(out, '.'); break;
    case BK_NODE_NIL: bk_buf_c(out, "nil"); break;
    case BK_NODE_BOOL: bk_buf_c(out, node->flag ? "true" : "false"); break;
    case BK_NODE_NUMBER: bk_buf_str(out, ((const bk_node_number *)node)->text); break;
    case BK_NODE_STRING: bk_buf_str(out, ((const bk_node_string *)node)->quoted); break;
    case BK_NODE_END: bk_buf_c(out, "{{end}}"); break;
    case BK_NODE_ELSE: bk_buf_c(out, "{{else}}"); break;
    case BK_NODE_EOF: break; /* no message shows it so */
    }
}

void bk_node_where(bk_buf *out, const bk_source *source, const bk_node *node) {
    size_t line = 1, from = 0;
    for (size_t at; (at = bk_str_find_byte(bk_str_sub(source->text, from, node->pos), '\n')) != BK_NPOS; line++) from += at + 1;
    bk_buf_str(out, source->name);
    bk_buf_byte(out, ':');
    bk_buf_uint(out, line);
    bk_buf_byte(out, ':');
    bk_buf_uint(out, node->pos - from);
}

bk_signature bk_signature_of(const char *signature) {
    bk_signature sig = {.params = signature};
    while (signature[sig.n] && signature[sig.n] != '*' && signature[sig.n] != ':') sig.n++;
    const char *rest = signature + sig.n;
    if (*rest == '*') {
        sig.variadic = true;
        rest++;
    }
    if (*rest == ':') sig.result = rest[1];
    return sig;
}
