// Command oracle answers JSON-lines requests with what Helm's own libraries do.
// One request object per line on stdin, one answer per line on stdout, same order.
// ../README.md lists the operations.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/Masterminds/semver/v3"
	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"

	"helm.sh/helm/v4/pkg/chart/common"
	chartutil "helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/loader/archive"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	v2util "helm.sh/helm/v4/pkg/chart/v2/util"
	"helm.sh/helm/v4/pkg/engine"
	"helm.sh/helm/v4/pkg/ignore"
	relutil "helm.sh/helm/v4/pkg/release/v1/util"
	"helm.sh/helm/v4/pkg/strvals"
)

type request struct {
	ID          any               `json:"id,omitempty"`
	Op          string            `json:"op"`
	Template    string            `json:"template"`
	Name        string            `json:"name"`
	Values      string            `json:"values"`      // YAML text: the user's values (-f)
	ChartValues string            `json:"chartValues"` // YAML text: values.yaml of the generated chart
	Files       map[string]string `json:"files"`       // chart files, path -> text (relative to the chart root)
	Strict      bool              `json:"strict"`
	LintMode    bool              `json:"lintMode"`
	Mode        string            `json:"mode"`
	Args        []string          `json:"args"`
	Typed       []typed           `json:"typed"`
	Text        string            `json:"text"`
	Format      string            `json:"format"`
	Schema      string            `json:"schema"`
	Versions    []string          `json:"versions"`
	Constraint  string            `json:"constraint"`
	Order       string            `json:"order"`
	Unix        int64             `json:"unix"`
	Nsec        int64             `json:"nsec"`
	Zone        string            `json:"zone"`
	Rules       string            `json:"rules"`
	Paths       []string          `json:"paths"`
	Set         []string          `json:"set"`     // further values, each as --set takes it
	Options     []string          `json:"options"` // template, lint: includeCRDs, skipTests, subNotes, skipSchemaValidation, isUpgrade
	KubeVersion string            `json:"kubeVersion"`
}

type typed struct {
	T string          `json:"t"`
	V json.RawMessage `json:"v"`
}

type answer struct {
	ID    any      `json:"id,omitempty"`
	Out   any      `json:"out,omitempty"`
	Error *string  `json:"error,omitempty"`
	Log   []string `json:"log,omitempty"`
}

// logs are gathered the way Helm's CLI prints them (text handler, no time); debug and below dropped.
type sink struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) { s.mu.Lock(); defer s.mu.Unlock(); return s.b.Write(p) }
func (s *sink) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.b.String()
	s.b.Reset()
	if t == "" {
		return nil
	}
	l := strings.Split(strings.TrimSuffix(t, "\n"), "\n")
	sort.Strings(l) // Go map order makes some orders random
	return l
}

var logs sink

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{
		Level: slog.LevelInfo,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			a := handle(line)
			var b bytes.Buffer
			e := json.NewEncoder(&b)
			e.SetEscapeHTML(false)
			if err := e.Encode(a); err != nil {
				b.Reset()
				s := "oracle: cannot encode answer: " + err.Error()
				e.Encode(answer{ID: a.ID, Error: &s})
			}
			out.Write(b.Bytes())
			out.Flush() // so that who waits knows which request takes so long
		}
		if err != nil {
			return
		}
	}
}

func handle(line []byte) (a answer) {
	var r request
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		s := "oracle: bad request: " + err.Error()
		return answer{Error: &s}
	}
	a.ID = r.ID
	logs.take()
	defer func() {
		if p := recover(); p != nil {
			s := fmt.Sprintf("panic: %v", p)
			if os.Getenv("ORACLE_TRACE") != "" {
				debug.PrintStack()
			}
			a.Error = &s
		}
		a.Log = logs.take()
	}()
	f, ok := ops[r.Op]
	if !ok {
		s := "oracle: unknown op " + r.Op
		a.Error = &s
		return a
	}
	out, err := f(&r)
	a.Out = out
	if err != nil {
		s := err.Error()
		a.Error = &s
	}
	return a
}

var ops map[string]func(*request) (any, error)

func init() {
	ops = map[string]func(*request) (any, error){
		"functions": opFunctions, "render": opRender, "renderall": opRenderAll, "gotmpl": opGoTemplate,
		"strvals": opStrvals, "values": opValues, "coalesce": opCoalesce,
		"yaml2json": opYAML2JSON, "yaml2jsonStrict": opYAML2JSONStrict, "json2yaml": opJSON2YAML, "yamlfmt": opYAMLFmt, "loadvalues": opLoadValues,
		"toToml": opToToml, "fromToml": opFromToml,
		"semver.parse": opSemverParse, "semver.check": opSemverCheck, "semver.sort": opSemverSort, "semver.best": opSemverBest,
		"printf": opPrintf, "regex": opRegex,
		"date": opDate, "dateparse": opDateParse, "duration": opDuration,
		"manifests": opManifests, "splitmanifests": opSplit, "schema": opSchema, "chart": opChart,
		"releasename": opReleaseName, "ignore": opIgnore, "kubeversion": opKubeVersion,
		"template": opTemplate, "lint": opLint,
	}
}

var helmOnly = []string{"toToml", "mustToToml", "fromToml", "toYaml", "mustToYaml", "toYamlPretty", "fromYaml", "fromYamlArray",
	"toJson", "mustToJson", "fromJson", "fromJsonArray", "mustToDuration", "durationSeconds", "durationMilliseconds",
	"durationMicroseconds", "durationNanoseconds", "durationMinutes", "durationHours", "durationDays", "durationWeeks",
	"durationRoundTo", "durationTruncateTo", "include", "tpl", "required", "lookup"}

var builtins = []string{"and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery",
	"eq", "ge", "gt", "le", "lt", "ne"}

// opFunctions lists the names and checks with the engine that each parses (an unknown name is a parse error).
func opFunctions(*request) (any, error) {
	known := func(n string) bool {
		_, err := renderFiles(&request{}, map[string]string{"templates/x": "{{if false}}{{" + n + "}}{{end}}"})
		return err == nil || !strings.Contains(err.Error(), "not defined")
	}
	res := map[string][]string{}
	for _, n := range builtins {
		if known(n) {
			res["builtin"] = append(res["builtin"], n)
		}
	}
	own := map[string]bool{}
	for _, n := range helmOnly {
		own[n] = true
		if known(n) {
			res["helm"] = append(res["helm"], n)
		}
	}
	for n := range sprig.TxtFuncMap() {
		if own[n] {
			res["sprig_overridden"] = append(res["sprig_overridden"], n)
		} else if known(n) {
			res["sprig"] = append(res["sprig"], n)
		} else {
			res["removed"] = append(res["removed"], n)
		}
	}
	for _, v := range res {
		sort.Strings(v)
	}
	return res, nil
}

const defaultChartYaml = "apiVersion: v2\nname: t\nversion: 0.1.0\nappVersion: \"1.2.3\"\ndescription: oracle chart\n"

func buffered(files map[string]string) []*archive.BufferedFile {
	var names []string
	for n := range files {
		names = append(names, n)
	}
	sort.Strings(names)
	var bf []*archive.BufferedFile
	for _, n := range names {
		bf = append(bf, &archive.BufferedFile{Name: n, Data: []byte(files[n])})
	}
	return bf
}

func loadChart(files map[string]string, chartValues string) (*chart.Chart, error) {
	all := map[string]string{"Chart.yaml": defaultChartYaml}
	if chartValues != "" {
		all["values.yaml"] = chartValues
	}
	for k, v := range files {
		all[k] = v
	}
	return loader.LoadFiles(buffered(all))
}

func caps() *common.Capabilities {
	c := common.DefaultCapabilities.Copy()
	return c
}

// userValues are the request's values: the YAML text, then each --set.
func (r *request) userValues() (map[string]any, error) {
	vals, err := loader.LoadValues(strings.NewReader(r.Values))
	if err != nil {
		return nil, err
	}
	for _, s := range r.Set {
		if err := strvals.ParseInto(s, vals); err != nil {
			return nil, err
		}
	}
	return vals, nil
}

func renderFiles(r *request, files map[string]string) (map[string]string, error) {
	c, err := loadChart(files, r.ChartValues)
	if err != nil {
		return nil, err
	}
	vals, err := r.userValues()
	if err != nil {
		return nil, err
	}
	if err := v2util.ProcessDependencies(c, vals); err != nil {
		return nil, err
	}
	rv, err := chartutil.ToRenderValues(c, vals, common.ReleaseOptions{Name: "rel", Namespace: "ns", Revision: 1, IsInstall: true}, caps())
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: r.Strict, LintMode: r.LintMode}.Render(c, rv)
}

func opRender(r *request) (any, error) {
	name := r.Name
	if name == "" {
		name = "templates/x.yaml"
	}
	files := map[string]string{name: r.Template}
	for k, v := range r.Files {
		files[k] = v
	}
	m, err := renderFiles(r, files)
	if err != nil {
		return nil, err
	}
	return m["t/"+name], nil
}

func opRenderAll(r *request) (any, error) {
	m, err := renderFiles(r, r.Files)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// opGoTemplate is text/template alone with Sprig's functions, the data being the values themselves.
func opGoTemplate(r *request) (any, error) {
	var data any
	if r.Values != "" {
		if err := yaml.Unmarshal([]byte(r.Values), &data); err != nil {
			return nil, err
		}
	}
	t, err := template.New("x").Funcs(sprig.TxtFuncMap()).Parse(r.Template)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

func opStrvals(r *request) (any, error) {
	base := map[string]any{}
	if r.Values != "" {
		v, err := loader.LoadValues(strings.NewReader(r.Values))
		if err != nil {
			return nil, err
		}
		base = v
	}
	for _, a := range r.Args {
		var err error
		switch r.Mode {
		case "set":
			err = strvals.ParseInto(a, base)
		case "string":
			err = strvals.ParseIntoString(a, base)
		case "json":
			err = strvals.ParseJSON(a, base)
		case "literal":
			err = strvals.ParseLiteralInto(a, base)
		case "file":
			err = strvals.ParseIntoFile(a, base, func(rs []rune) (any, error) {
				s, ok := r.Files[string(rs)]
				if !ok {
					return nil, fmt.Errorf("open %s: no such file or directory", string(rs))
				}
				return s, nil
			})
		default:
			return nil, fmt.Errorf("oracle: bad mode %q", r.Mode)
		}
		if err != nil {
			return map[string]any{"values": kinds(base)}, err
		}
	}
	return map[string]any{"values": kinds(base), "json": base}, nil
}

// kinds writes a value with its Go type, so that int64 1, float64 1 and string "1" differ.
func kinds(v any) any {
	switch x := v.(type) {
	case nil:
		return "nil"
	case map[string]any:
		m := map[string]any{}
		for k, e := range x {
			m[k] = kinds(e)
		}
		return m
	case []any:
		l := []any{}
		for _, e := range x {
			l = append(l, kinds(e))
		}
		return l
	default:
		return fmt.Sprintf("%T:%v", v, v)
	}
}

func opLoadValues(r *request) (any, error) {
	v, err := loader.LoadValues(strings.NewReader(r.Text))
	if err != nil {
		return nil, err
	}
	return map[string]any{"json": v, "values": kinds(v)}, nil
}

// opValues is what --values texts (in args) followed by strvals do; a list of values documents is merged.
func opValues(r *request) (any, error) {
	base := map[string]any{}
	for _, t := range r.Args {
		v, err := loader.LoadValues(strings.NewReader(t))
		if err != nil {
			return nil, err
		}
		base = loader.MergeMaps(base, v)
	}
	return base, nil
}

func depTree(c *chart.Chart) any {
	l := []any{}
	for _, d := range c.Dependencies() {
		l = append(l, map[string]any{"name": d.Name(), "deps": depTree(d)})
	}
	sort.Slice(l, func(i, j int) bool {
		return l[i].(map[string]any)["name"].(string) < l[j].(map[string]any)["name"].(string)
	})
	return l
}

func opCoalesce(r *request) (any, error) {
	c, err := loadChart(r.Files, r.ChartValues)
	if err != nil {
		return nil, err
	}
	vals, err := r.userValues()
	if err != nil {
		return nil, err
	}
	if err := v2util.ProcessDependencies(c, vals); err != nil {
		return nil, err
	}
	top, err := chartutil.ToRenderValues(c, vals, common.ReleaseOptions{Name: "rel", Namespace: "ns", Revision: 1, IsInstall: true}, caps())
	if err != nil {
		return nil, err
	}
	return map[string]any{"values": top["Values"], "enabled": depTree(c)}, nil
}

func opYAML2JSON(r *request) (any, error) {
	b, err := yaml.YAMLToJSON([]byte(r.Text))
	if err != nil {
		return nil, err
	}
	return string(b), nil
}
func opYAML2JSONStrict(r *request) (any, error) {
	b, err := yaml.YAMLToJSONStrict([]byte(r.Text))
	if err != nil {
		return nil, err
	}
	return string(b), nil
}
func opJSON2YAML(r *request) (any, error) {
	b, err := yaml.JSONToYAML([]byte(r.Text))
	if err != nil {
		return nil, err
	}
	return string(b), nil
}
func opYAMLFmt(r *request) (any, error) {
	var v any
	if err := yaml.Unmarshal([]byte(r.Text), &v); err != nil {
		return nil, err
	}
	b, err := yaml.Marshal(v)
	return string(b), err
}

func opToToml(r *request) (any, error) {
	var v any
	if err := yaml.Unmarshal([]byte(r.Text), &v); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := toml.NewEncoder(&b).Encode(v); err != nil {
		return nil, err
	}
	return b.String(), nil
}
func opFromToml(r *request) (any, error) {
	m := map[string]any{}
	if err := toml.Unmarshal([]byte(r.Text), &m); err != nil {
		return nil, err
	}
	return map[string]any{"json": m, "values": kinds(m)}, nil
}

func opSemverParse(r *request) (any, error) {
	f := semver.NewVersion
	if r.Strict {
		f = semver.StrictNewVersion
	}
	v, err := f(r.Text)
	if err != nil {
		return nil, err
	}
	return map[string]any{"string": v.String(), "original": v.Original(), "major": v.Major(), "minor": v.Minor(), "patch": v.Patch(), "pre": v.Prerelease(), "meta": v.Metadata()}, nil
}
func opSemverCheck(r *request) (any, error) {
	c, err := semver.NewConstraint(r.Constraint)
	if err != nil {
		return nil, err
	}
	var l []any
	for _, s := range r.Versions {
		v, err := semver.NewVersion(s)
		if err != nil {
			l = append(l, map[string]any{"error": err.Error()})
			continue
		}
		ok, errs := c.Validate(v)
		m := map[string]any{"ok": ok, "check": c.Check(v)}
		var msgs []string
		for _, e := range errs {
			msgs = append(msgs, e.Error())
		}
		if msgs != nil {
			m["why"] = msgs
		}
		l = append(l, m)
	}
	return map[string]any{"constraint": c.String(), "results": l}, nil
}
func opSemverSort(r *request) (any, error) {
	var vs semver.Collection
	for _, s := range r.Versions {
		v, err := semver.NewVersion(s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		vs = append(vs, v)
	}
	sort.Stable(vs)
	var l []string
	for _, v := range vs {
		l = append(l, v.Original())
	}
	return l, nil
}

// opSemverBest: the first version, highest first, that meets the constraint.
func opSemverBest(r *request) (any, error) {
	c, err := semver.NewConstraint(r.Constraint)
	if err != nil {
		return nil, err
	}
	var vs semver.Collection
	for _, s := range r.Versions {
		if v, err := semver.NewVersion(s); err == nil {
			vs = append(vs, v)
		}
	}
	sort.Sort(sort.Reverse(vs))
	for _, v := range vs {
		if c.Check(v) {
			return v.Original(), nil
		}
	}
	return nil, fmt.Errorf("no version matches")
}

func value(t typed) any {
	var s string
	var f float64
	var i int64
	switch t.T {
	case "nil":
		return nil
	case "int":
		json.Unmarshal(t.V, &i)
		return int(i)
	case "int64":
		json.Unmarshal(t.V, &i)
		return i
	case "uint8":
		json.Unmarshal(t.V, &i)
		return uint8(i)
	case "uint64":
		var u uint64
		json.Unmarshal(t.V, &u)
		return u
	case "float64":
		if json.Unmarshal(t.V, &s) == nil {
			switch s {
			case "NaN":
				return math.NaN()
			case "+Inf":
				return math.Inf(1)
			case "-Inf":
				return math.Inf(-1)
			}
		}
		json.Unmarshal(t.V, &f)
		return f
	case "float32":
		json.Unmarshal(t.V, &f)
		return float32(f)
	case "bool":
		var b bool
		json.Unmarshal(t.V, &b)
		return b
	case "string":
		json.Unmarshal(t.V, &s)
		return s
	case "bytes":
		json.Unmarshal(t.V, &s)
		return []byte(s)
	case "rune":
		json.Unmarshal(t.V, &i)
		return rune(i)
	case "strings":
		var l []string
		json.Unmarshal(t.V, &l)
		return l
	case "ints":
		var l []int
		json.Unmarshal(t.V, &l)
		return l
	case "duration":
		json.Unmarshal(t.V, &i)
		return time.Duration(i)
	case "any":
		var v any
		json.Unmarshal(t.V, &v)
		return v
	}
	panic("oracle: unknown type " + t.T)
}

func opPrintf(r *request) (any, error) {
	var a []any
	for _, t := range r.Typed {
		a = append(a, value(t))
	}
	switch r.Mode {
	case "print":
		return fmt.Sprint(a...), nil
	case "println":
		return fmt.Sprintln(a...), nil
	}
	return fmt.Sprintf(r.Format, a...), nil
}

func opRegex(r *request) (any, error) {
	re, err := regexp.Compile(r.Format)
	if err != nil {
		return nil, err
	}
	arg := func(i int) string {
		if i < len(r.Args) {
			return r.Args[i]
		}
		return ""
	}
	switch r.Mode {
	case "match":
		return re.MatchString(r.Text), nil
	case "find":
		return re.FindString(r.Text), nil
	case "findIndex":
		return re.FindStringIndex(r.Text), nil
	case "findAll":
		return re.FindAllString(r.Text, -1), nil
	case "findAllSubmatch":
		return re.FindAllStringSubmatch(r.Text, -1), nil
	case "findAllSubmatchIndex":
		return re.FindAllStringSubmatchIndex(r.Text, -1), nil
	case "replace":
		return re.ReplaceAllString(r.Text, arg(0)), nil
	case "replaceLiteral":
		return re.ReplaceAllLiteralString(r.Text, arg(0)), nil
	case "split":
		return re.Split(r.Text, -1), nil
	case "quote":
		return regexp.QuoteMeta(r.Text), nil
	case "string":
		return re.String(), nil
	}
	return nil, fmt.Errorf("oracle: bad mode %q", r.Mode)
}

func opDate(r *request) (any, error) {
	loc, err := time.LoadLocation(r.Zone)
	if err != nil {
		return nil, err
	}
	return time.Unix(r.Unix, r.Nsec).In(loc).Format(r.Format), nil
}
func opDateParse(r *request) (any, error) {
	loc := time.UTC
	if r.Zone != "" {
		l, err := time.LoadLocation(r.Zone)
		if err != nil {
			return nil, err
		}
		loc = l
	}
	t, err := time.ParseInLocation(r.Format, r.Text, loc)
	if err != nil {
		return nil, err
	}
	return map[string]any{"unix": t.Unix(), "nsec": t.Nanosecond(), "rfc3339": t.Format(time.RFC3339Nano), "string": t.String()}, nil
}
func opDuration(r *request) (any, error) {
	d, err := time.ParseDuration(r.Text)
	if err != nil {
		return nil, err
	}
	return map[string]any{"ns": int64(d), "string": d.String()}, nil
}

func opManifests(r *request) (any, error) {
	ord := relutil.InstallOrder
	if r.Order == "uninstall" {
		ord = relutil.UninstallOrder
	}
	hooks, ms, err := relutil.SortManifests(r.Files, nil, ord)
	var hl, ml []any
	for _, h := range hooks {
		hl = append(hl, map[string]any{"name": h.Name, "kind": h.Kind, "path": h.Path, "events": h.Events, "weight": h.Weight, "delete": h.DeletePolicies, "log": h.OutputLogPolicies, "manifest": h.Manifest})
	}
	for _, m := range ms {
		ml = append(ml, map[string]any{"name": m.Name, "content": m.Content, "kind": m.Head.Kind, "apiVersion": m.Head.Version})
	}
	return map[string]any{"hooks": hl, "manifests": ml}, err
}
func opSplit(r *request) (any, error) {
	m := relutil.SplitManifests(r.Text)
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	sort.Sort(relutil.BySplitManifestsOrder(ks))
	l := []string{}
	for _, k := range ks {
		l = append(l, m[k])
	}
	return l, nil
}

func opSchema(r *request) (any, error) {
	v, err := common.ReadValues([]byte(r.Values))
	if err != nil {
		return nil, err
	}
	if err := chartutil.ValidateAgainstSingleSchema(v, []byte(r.Schema)); err != nil {
		return nil, err
	}
	return "valid", nil
}

func opChart(r *request) (any, error) {
	c, err := loader.LoadFiles(buffered(r.Files))
	if err != nil {
		return nil, err
	}
	b, err := yaml.Marshal(c.Metadata)
	return map[string]any{"metadata": string(b), "values": c.Values, "deps": depTree(c), "templates": len(c.Templates), "files": len(c.Files)}, err
}

func opReleaseName(r *request) (any, error) {
	if err := v2util.ValidateReleaseName(r.Text); err != nil {
		return nil, err
	}
	return "valid", nil
}

func opIgnore(r *request) (any, error) {
	rules, err := ignore.Parse(strings.NewReader(r.Rules))
	if err != nil {
		return nil, err
	}
	var l []bool
	for _, p := range r.Paths {
		l = append(l, rules.Ignore(strings.TrimSuffix(p, "/"), info{p}))
	}
	return l, nil
}

type info struct{ p string }

func (i info) Name() string {
	s := strings.TrimSuffix(i.p, "/")
	return s[strings.LastIndex(s, "/")+1:]
}
func (i info) Size() int64        { return 0 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) Sys() any           { return nil }
func (i info) IsDir() bool        { return strings.HasSuffix(i.p, "/") }
func (i info) Mode() os.FileMode {
	if i.IsDir() {
		return os.ModeDir | 0o755
	}
	return 0o644
}

func opKubeVersion(r *request) (any, error) {
	k, err := common.ParseKubeVersion(r.Text)
	if err != nil {
		return nil, err
	}
	return map[string]any{"version": k.Version, "string": k.String(), "major": k.Major, "minor": k.Minor}, nil
}
