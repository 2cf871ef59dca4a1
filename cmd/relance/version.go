package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// versionCmd tells which program this is.
type versionCmd struct{}

// Run prints the version, the revision when the build knows it, and Go's version.
func (versionCmd) Run(s *streams) error {
	_, err := fmt.Fprintln(s.Out, "relance", version())
	return err
}

// version is what the build says of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := cmp.Or(info.Main.Version, "(devel)")
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			v += " " + s.Value[:12]
		}
	}
	return v + " " + info.GoVersion
}
