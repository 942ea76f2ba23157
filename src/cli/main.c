#include "cli/command.h"

int main(int argc, char **argv, char **environment) { return bk_cli_main(argc, argv, environment); }
