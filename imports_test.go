package relance_test

import (
	"slices"
	"sort"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
)

// room is one part of the tree and whom it may know (DESIGN, "Rooms").
type room struct {
	path   string   // of the packages it holds, with everything under them
	except []string // folders that are rooms of their own
	ours   []string // packages of ours it may import, with everything under them
	never  []string // imports that nothing here, nor what it imports, may have
	shuns  []string // imports that nothing here may name itself
}

const (
	asynqPath  = "github.com/hibiken/asynq"
	redisPath  = "github.com/redis/go-redis/v9"
	twilioPath = "github.com/twilio/twilio-go"
	mailPath   = "github.com/wneessen/go-mail"
)

func rooms() []room {
	return []room{
		{path: "relance/engine", except: []string{"relance/engine/store", "relance/engine/intake"},
			ours:  []string{"relance/calendars"},
			never: []string{asynqPath, redisPath, twilioPath, mailPath}, shuns: []string{"net/http"}},
		{path: "relance/engine/store", ours: []string{"relance/engine", "relance/calendars"},
			never: []string{asynqPath, twilioPath, mailPath}, shuns: []string{"net/http"}},
		{path: "relance/engine/intake", ours: []string{"relance/engine", "relance/calendars"},
			never: []string{asynqPath, redisPath, twilioPath, mailPath}, shuns: []string{"net/http"}},
		{path: "relance/calendars", ours: []string{"relance/calendars"},
			never: []string{asynqPath, redisPath, twilioPath, mailPath}, shuns: []string{"net/http"}},
		{path: "relance/channels", ours: []string{"relance/channels"}, never: []string{asynqPath, redisPath}},
		{path: "relance/workers", ours: []string{"relance/workers", "relance/engine", "relance/channels", "relance/calendars"}},
		{path: "relance/api", ours: []string{"relance/api", "relance/engine", "relance/channels", "relance/calendars"},
			never: []string{asynqPath, redisPath}},
		{path: "relance/config", ours: []string{}, never: []string{asynqPath, redisPath, twilioPath, mailPath}},
		{path: "relance/cmd", ours: []string{"relance"}},
	}
}

// TestImports keeps the rooms as the design draws them. Test files are free.
func TestImports(t *testing.T) {
	t.Parallel()
	all := load(t)
	for _, r := range rooms() {
		inside := 0
		for _, p := range all {
			if !r.holds(p.PkgPath) {
				continue
			}
			inside++
			for _, fault := range r.faults(p) {
				t.Errorf("%s imports %s: the design keeps them apart", p.PkgPath, fault)
			}
		}
		if inside == 0 {
			t.Errorf("no package is in %s: the design or this test is out of date", r.path)
		}
	}
	for _, p := range all {
		if !slices.ContainsFunc(rooms(), func(r room) bool { return r.holds(p.PkgPath) }) && p.PkgPath != "relance" {
			t.Errorf("%s is in no room: put it into one, or add the room to the design and here", p.PkgPath)
		}
	}
}

// TestImportsAreNoticed shows that a fault would be found.
func TestImportsAreNoticed(t *testing.T) {
	t.Parallel()
	http, deep := &packages.Package{PkgPath: "net/http"}, &packages.Package{PkgPath: asynqPath}
	between := &packages.Package{PkgPath: "elsewhere", Imports: map[string]*packages.Package{asynqPath: deep}}
	p := &packages.Package{PkgPath: "relance/engine", Imports: map[string]*packages.Package{
		"net/http": http, "relance/api": {PkgPath: "relance/api"}, "elsewhere": between,
		"relance/calendars": {PkgPath: "relance/calendars"},
	}}
	want := []string{asynqPath + " (through elsewhere)", "net/http", "relance/api"}
	if got := rooms()[0].faults(p); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func load(t *testing.T) []*packages.Package {
	t.Helper()
	mode := packages.NeedName | packages.NeedImports | packages.NeedDeps
	all, err := packages.Load(&packages.Config{Mode: mode, Context: t.Context()}, "relance/...")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		for _, e := range p.Errors {
			t.Errorf("%s: %v", p.PkgPath, e)
		}
	}
	return all
}

func (r room) holds(path string) bool {
	return under(path, r.path) && !slices.ContainsFunc(r.except, func(e string) bool { return under(path, e) })
}

// faults lists what a package of the room must not import, sorted.
func (r room) faults(p *packages.Package) []string {
	var out []string
	for path, dep := range p.Imports {
		allowed := slices.ContainsFunc(append(r.ours, r.path), func(o string) bool { return under(path, o) }) &&
			!slices.ContainsFunc(r.except, func(e string) bool { return under(path, e) })
		switch {
		case under(path, "relance") && !allowed, slices.Contains(r.shuns, path):
			out = append(out, path)
		}
		for _, bad := range r.never {
			if under(path, bad) {
				out = append(out, path)
			} else if reaches(dep, bad, map[string]bool{}) {
				out = append(out, bad+" (through "+path+")")
			}
		}
	}
	sort.Strings(out)
	return out
}

// reaches tells whether anything p imports is bad or under it.
func reaches(p *packages.Package, bad string, seen map[string]bool) bool {
	if seen[p.PkgPath] {
		return false
	}
	seen[p.PkgPath] = true
	for path, dep := range p.Imports {
		if under(path, bad) || reaches(dep, bad, seen) {
			return true
		}
	}
	return false
}

func under(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}
