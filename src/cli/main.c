#include "cli/command.h"

int main(int argc, char **argv, char **environ) { return bk_cli_main(argc, argv, environ); }
