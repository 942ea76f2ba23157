// A command plugin in AssemblyScript: the input comes back as the output's text.
import { Host } from "@extism/as-pdk";

function stop(message: string | null, file: string | null, line: u32, column: u32): void {
  unreachable();
}

export function helm_plugin_main(): i32 {
  const input = Host.inputString();
  Host.outputString('{"data":{"length":' + input.length.toString() + "}}");
  return 0;
}

export function fails(): i32 {
  return 6;
}
