#include "cli/command.h"
#include "sandbox/compile.h"

int main(int argc, char **argv, char **environment) {
    if (bk_sandbox_compile_asked(argc, argv)) return bk_sandbox_compile_child(argv);
    return bk_cli_main(argc, argv, environment);
}
