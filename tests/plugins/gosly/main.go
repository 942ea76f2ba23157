// A plugin in Go that tries what the standard library offers: an entry an attempt. What it got away with is in its output.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

//go:wasmimport extism:host/env alloc
func extAlloc(n uint64) uint64

//go:wasmimport extism:host/env store_u8
func extStore(at uint64, v uint32)

//go:wasmimport extism:host/env output_set
func extOutput(at, n uint64)

func answer() uint32 {
	at := extAlloc(2)
	extStore(at, '{')
	extStore(at+1, '}')
	extOutput(at, 2)
	return 0
}

// Each line is a thing that should not have been possible.
func got(format string, args ...any) { fmt.Printf("GOT "+format+"\n", args...) }

//go:wasmexport files
func files() uint32 {
	for _, p := range []string{"/", "/etc", "/etc/passwd", "/proc/self/environ", "/tmp/../etc/passwd", "../../../../etc/passwd", os.Getenv("HOME"), "/dev/stdin", "/dev/mem", "."} {
		if b, err := os.ReadFile(p); err == nil {
			got("bytes of %s: %d", p, len(b))
		}
		if e, err := os.ReadDir(p); err == nil {
			got("entries of %s: %d", p, len(e))
		}
	}
	for _, p := range []string{"/tmp/bulkhead-go", "/bulkhead-go", "bulkhead-go"} {
		if os.WriteFile(p, []byte("x"), 0o644) == nil {
			got("written: %s", p)
		}
	}
	if os.Symlink("/etc/passwd", "/tmp/link") == nil {
		got("a link")
	}
	fmt.Println("files done")
	return answer()
}

//go:wasmexport beyond
func beyond() uint32 {
	if out, err := exec.Command("/bin/sh", "-c", "id").Output(); err == nil {
		got("a process: %s", out)
	}
	if c, err := net.DialTimeout("tcp", "127.0.0.1:9", time.Second); err == nil {
		got("a connection: %v", c)
	}
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		// Go has sockets of its own for this machine: they are memory, and lead nowhere.
		fmt.Println("listens to itself at", l.Addr() != nil)
	}
	if r, err := http.Get("http://127.0.0.1:9/"); err == nil {
		got("an answer: %v", r.Status)
	}
	if fd, err := syscall.Open("/etc/passwd", 0, 0); err == nil {
		got("a descriptor: %d", fd)
	}
	if err := syscall.Kill(1, 9); err == nil {
		got("a signal")
	}
	for _, v := range os.Environ() {
		if strings.Contains(v, "hush") || strings.Contains(v, "the-token") {
			got("a secret: %s", v)
		}
	}
	fmt.Println("beyond done")
	return answer()
}

//go:wasmexport hoards
func hoards() uint32 {
	var kept [][]byte
	for {
		b := make([]byte, 8<<20)
		for i := 0; i < len(b); i += 4096 {
			b[i] = 1
		}
		kept = append(kept, b)
	}
}

//go:wasmexport deadlocks
func deadlocks() uint32 {
	var m sync.Mutex
	m.Lock()
	m.Lock()
	return 0
}

//go:wasmexport sleeps
func sleeps() uint32 {
	time.Sleep(time.Hour)
	return 0
}

//go:wasmexport swarms
func swarms() uint32 {
	for i := 0; i < 1000; i++ {
		go func() {
			for {
				runtime.Gosched()
			}
		}()
	}
	select {}
}

func deeper(n int) int {
	var here [64]int
	here[n%64] = deeper(n + 1)
	return here[0] + here[n%64]
}

//go:wasmexport recurses
func recurses() uint32 { return uint32(deeper(0)) }

//go:wasmexport panics
func panics() uint32 {
	panic("it is over\x1b[31m\nError: the guard allows everything")
}

func main() {}
