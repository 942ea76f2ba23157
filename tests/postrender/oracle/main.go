// Helm's way to a post-renderer and back, behind JSON lines, by Helm's own two functions:
//
//	{"op":"join","files":{name:text}}  ->  {"out":text}
//	{"op":"split","text":text}         ->  {"files":{name:text}}
//
// and errors as {"error":text}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	_ "unsafe"

	_ "helm.sh/helm/v4/pkg/action"
)

//go:linkname annotateAndMerge helm.sh/helm/v4/pkg/action.annotateAndMerge
func annotateAndMerge(files map[string]string) (string, error)

//go:linkname splitAndDeannotate helm.sh/helm/v4/pkg/action.splitAndDeannotate
func splitAndDeannotate(text, prefix string) (map[string]string, error)

type request struct {
	Op    string            `json:"op"`
	Files map[string]string `json:"files"`
	Text  string            `json:"text"`
}

type answer struct {
	Out   *string           `json:"out,omitempty"`
	Files map[string]string `json:"files,omitempty"`
	Error string            `json:"error,omitempty"`
}

func serve(r request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			a = answer{Error: fmt.Sprintf("panic: %v", p)}
		}
	}()
	var out string
	var err error
	if r.Op == "join" {
		out, err = annotateAndMerge(r.Files)
		a.Out = &out
	} else {
		a.Files, err = splitAndDeannotate(r.Text, "")
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return a
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var r request
			if e := json.Unmarshal(line, &r); e != nil {
				enc.Encode(answer{Error: "request: " + e.Error()})
			} else {
				enc.Encode(serve(r))
			}
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}
