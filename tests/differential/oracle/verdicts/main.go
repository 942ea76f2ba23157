// What the Go libraries say of objects: one JSON request a line {rules, object, pods|sets, now}, one answer a line.
// rules: "watcher" (kstatus with Helm's readers), "legacy", "legacy-jobs".
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/statusreaders"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"helm.sh/helm/v4/pkg/kube"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type request struct {
	Rules  string           `json:"rules"`
	Object map[string]any   `json:"object"`
	Others []map[string]any `json:"others"`
}

type answer struct {
	State   string `json:"state,omitempty"`
	Message string `json:"message,omitempty"`
	Ready   *bool  `json:"ready,omitempty"`
	Error   string `json:"error,omitempty"`
}

// A cluster that holds the pods of the request.
type reader struct{ pods []map[string]any }

func (r reader) Get(context.Context, client.ObjectKey, *unstructured.Unstructured) error { return nil }
func (r reader) ListNamespaceScoped(_ context.Context, list *unstructured.UnstructuredList, _ string, _ labels.Selector) error {
	if list.GetKind() != "Pod" {
		return nil
	}
	for _, p := range r.pods {
		list.Items = append(list.Items, unstructured.Unstructured{Object: p})
	}
	return nil
}
func (r reader) ListClusterScoped(context.Context, *unstructured.UnstructuredList, labels.Selector) error {
	return nil
}
func (r reader) Sync(context.Context) error { return nil }

func watcher(req request) (a answer) {
	u := &unstructured.Unstructured{Object: req.Object}
	mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{{Version: "v1"}, {Group: "apps", Version: "v1"}})
	for _, k := range []schema.GroupVersionKind{{Version: "v1", Kind: "Pod"}, {Group: "apps", Version: "v1", Kind: "ReplicaSet"}} {
		mapper.Add(k, meta.RESTScopeNamespace)
	}
	rs, err := statusreaders.NewStatusReader(mapper).ReadStatusForObject(context.Background(), reader{req.Others}, u)
	if err != nil {
		return answer{Error: err.Error()}
	}
	if rs.Error != nil {
		return answer{State: status.UnknownStatus.String(), Error: "unreadable"}
	}
	return answer{State: rs.Status.String(), Message: rs.Message}
}

func typed(m map[string]any) (runtime.Object, error) {
	u := &unstructured.Unstructured{Object: m}
	o, err := scheme.Scheme.New(u.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	return o, runtime.DefaultUnstructuredConverter.FromUnstructured(m, o)
}

func legacy(req request, jobs bool) answer {
	o, err := typed(req.Object)
	if err != nil {
		return answer{Error: "unreadable"}
	}
	all := []runtime.Object{o}
	for _, m := range req.Others {
		if x, err := typed(m); err == nil {
			all = append(all, x)
		}
	}
	u := &unstructured.Unstructured{Object: req.Object}
	info := &resource.Info{Name: u.GetName(), Namespace: u.GetNamespace(), Object: o, Mapping: &meta.RESTMapping{GroupVersionKind: u.GroupVersionKind()}}
	c := kube.NewReadyChecker(fake.NewClientset(all...), kube.PausedAsReady(true), kube.CheckJobs(jobs))
	ready, err := c.IsReady(context.Background(), info)
	if err != nil {
		return answer{Ready: &ready, Error: err.Error()}
	}
	return answer{Ready: &ready}
}

func one(line []byte) (a answer) {
	defer func() {
		if r := recover(); r != nil {
			a = answer{Error: fmt.Sprint("panic: ", r)}
		}
	}()
	u := &unstructured.Unstructured{}
	var head struct {
		Rules  string            `json:"rules"`
		Object json.RawMessage   `json:"object"`
		Others []json.RawMessage `json:"others"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		return answer{Error: err.Error()}
	}
	req := request{Rules: head.Rules}
	if err := u.UnmarshalJSON(head.Object); err != nil {
		return answer{Error: err.Error()}
	}
	req.Object = u.Object
	for _, raw := range head.Others {
		p := &unstructured.Unstructured{}
		if err := p.UnmarshalJSON(raw); err != nil {
			return answer{Error: err.Error()}
		}
		req.Others = append(req.Others, p.Object)
	}
	if req.Rules == "watcher" {
		return watcher(req)
	}
	return legacy(req, req.Rules == "legacy-jobs")
}


func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		out.Encode(one(in.Bytes()))
	}
}
