package ics

import (
	_ "embed"
	"strings"
)

// windowsZones are lines "Windows name<tab>IANA zone": the pairs of Unicode CLDR (windowsZones, the
// whole world's territory 001).
//
//go:embed windows.tsv
var windowsZones string

// windowsZone is the IANA zone of a time zone's name in Windows, which Outlook and Exchange
// write; "" for any other name.
func windowsZone(name string) string {
	for line := range strings.Lines(windowsZones) {
		if windows, iana, _ := strings.Cut(strings.TrimSpace(line), "\t"); windows == name {
			return iana
		}
	}
	return ""
}
