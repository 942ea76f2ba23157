// A command plugin in Go, and a post-renderer: what the standard compiler makes of them is the largest module that plugin authors ship.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/extism/go-pdk"
)

type cliInput struct {
	ExtraArgs []string `json:"extraArgs"`
}

// Says what it was given, on standard output.
//
//go:wasmexport helm_plugin_main
func helmPluginMain() uint32 {
	var in cliInput
	if err := json.Unmarshal(pdk.Input(), &in); err != nil {
		pdk.SetError(err)
		return 1
	}
	fmt.Println("go plugin:", strings.Join(in.ExtraArgs, " "))
	if len(in.ExtraArgs) > 0 && in.ExtraArgs[0] == "env" {
		for _, v := range os.Environ() {
			fmt.Println(v)
		}
	}
	if len(in.ExtraArgs) > 0 && in.ExtraArgs[0] == "exit" {
		os.Exit(3)
	}
	pdk.OutputString("{}")
	return 0
}

type manifests struct {
	Manifests string   `json:"manifests"`
	ExtraArgs []string `json:"extraArgs"`
}

// A post-renderer that adds a label to every workload, by text: the line behind each "metadata:" at the left margin.
//
//go:wasmexport add_label
func addLabel() uint32 {
	var in manifests
	if err := json.Unmarshal(pdk.Input(), &in); err != nil {
		pdk.SetError(err)
		return 1
	}
	out, err := json.Marshal(manifests{Manifests: strings.ReplaceAll(in.Manifests, "\nmetadata:\n", "\nmetadata:\n  labels: {added: \"yes\"}\n")})
	if err != nil {
		pdk.SetError(err)
		return 1
	}
	pdk.Output(out)
	return 0
}

func main() {}
