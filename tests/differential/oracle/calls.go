package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/action"
	chartapi "helm.sh/helm/v4/pkg/chart"
	"helm.sh/helm/v4/pkg/chart/common"
	chartloader "helm.sh/helm/v4/pkg/chart/loader"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	release "helm.sh/helm/v4/pkg/release/v1"
)

// withFolder writes the request's files into a folder named t and calls f. Messages that name the folder get /DIR for its parent.
func (r *request) withFolder(f func(dir string) (any, error)) (any, error) {
	root, err := os.MkdirTemp("", "o")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	dir := filepath.Join(root, "t")
	os.Mkdir(dir, 0o755)
	for name, text := range r.Files {
		p := filepath.Join(dir, name)
		if !strings.HasPrefix(p, dir+"/") {
			return nil, fmt.Errorf("oracle: bad file name %q", name)
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			return nil, fmt.Errorf("oracle: bad file name %q", name)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			return nil, fmt.Errorf("oracle: bad file name %q", name)
		}
	}
	out, err := f(dir)
	if err != nil {
		err = fmt.Errorf("%s", strings.ReplaceAll(strings.ReplaceAll(err.Error(), root+"/t", "t"), root, "/DIR"))
	}
	return out, err
}

func (r *request) has(option string) bool { return slices.Contains(r.Options, option) }

func (r *request) kubeVersion() (*common.KubeVersion, error) {
	if r.KubeVersion == "" {
		return nil, nil
	}
	v, err := common.ParseKubeVersion(r.KubeVersion)
	if err != nil {
		return nil, fmt.Errorf("invalid kube version '%s': %w", r.KubeVersion, err)
	}
	return v, nil
}

// loadInstallable does what the command does between reading a chart and rendering it.
func loadInstallable(dir string) (*chart.Chart, error) {
	got, err := chartloader.Load(dir)
	if err != nil {
		return nil, err
	}
	c, ok := got.(*chart.Chart)
	if !ok {
		return nil, fmt.Errorf("oracle: a chart of another kind, %T", got)
	}
	if c.Metadata.Type != "" && c.Metadata.Type != "application" {
		return nil, fmt.Errorf("%s charts are not installable", c.Metadata.Type)
	}
	if c.Metadata.Deprecated {
		logs.Write([]byte("level=WARN msg=\"this chart is deprecated\"\n"))
	}
	deps := make([]chartapi.Dependency, 0, len(c.Metadata.Dependencies))
	for _, d := range c.Metadata.Dependencies {
		deps = append(deps, d)
	}
	if len(deps) > 0 {
		if err := action.CheckDependencies(c, deps); err != nil {
			return nil, fmt.Errorf("an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to fetch missing dependencies: %w", err)
		}
	}
	return c, nil
}

// opTemplate is the command template: manifests and hooks as it prints them, and the notes.
func opTemplate(r *request) (any, error) {
	return r.withFolder(func(dir string) (any, error) {
		vals, err := r.userValues()
		if err != nil {
			return nil, err
		}
		kv, err := r.kubeVersion()
		if err != nil {
			return nil, err
		}
		c, err := loadInstallable(dir)
		if err != nil {
			return nil, err
		}
		in := action.NewInstall(action.NewConfiguration())
		in.DryRunStrategy, in.Replace = action.DryRunClient, true
		in.ReleaseName, in.Namespace = "rel", "ns"
		in.KubeVersion, in.IsUpgrade = kv, r.has("isUpgrade")
		in.IncludeCRDs, in.SubNotes, in.SkipSchemaValidation = r.has("includeCRDs"), r.has("subNotes"), r.has("skipSchemaValidation")
		got, err := in.RunWithContext(context.Background(), c, vals)
		if err != nil {
			return nil, err
		}
		rel := got.(*release.Release)
		var b strings.Builder
		fmt.Fprintln(&b, strings.TrimSpace(rel.Manifest))
		for _, h := range rel.Hooks {
			if r.has("skipTests") && slices.Contains(h.Events, release.HookTest) {
				continue
			}
			fmt.Fprintf(&b, "---\n# Source: %s\n%s\n", h.Path, h.Manifest)
		}
		return map[string]any{"text": b.String(), "notes": rel.Info.Notes}, nil
	})
}

// opLint is the command lint: its messages in their order.
func opLint(r *request) (any, error) {
	return r.withFolder(func(dir string) (any, error) {
		vals, err := r.userValues()
		if err != nil {
			return nil, err
		}
		kv, err := r.kubeVersion()
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(filepath.Join(dir, "Chart.yaml")); err != nil {
			return nil, fmt.Errorf("unable to check Chart.yaml file in chart: no such file")
		}
		l := lint.RunAll(dir, vals, "ns", lint.WithKubeVersion(kv), lint.WithSkipSchemaValidation(r.has("skipSchemaValidation")))
		root := filepath.Dir(dir)
		out := []any{}
		for _, m := range l.Messages {
			out = append(out, map[string]any{"severity": m.Severity, "path": strings.ReplaceAll(m.Path, root, "/DIR"),
				"text": strings.ReplaceAll(m.Err.Error(), root, "/DIR")})
		}
		return map[string]any{"messages": out}, nil
	})
}
