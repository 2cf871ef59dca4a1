package store

import (
	"strings"
	"testing"
)

func TestFaultsSayWhatToChange(t *testing.T) {
	t.Parallel()
	const good = "# Server\r\nredis_version:7.0.15\r\n# Memory\r\nmaxmemory_policy:noeviction\r\n# Persistence\r\naof_enabled:1\r\n"
	for name, test := range map[string]struct {
		info string
		want []string // words of each fault
	}{
		"as it should be": {good, nil},
		"newer":           {strings.Replace(good, "7.0.15", "10.1", 1), nil},
		"just old enough": {strings.Replace(good, "7.0.15", "6.2.0", 1), nil},
		"too old":         {strings.Replace(good, "7.0.15", "6.0.16", 1), []string{"6.0.16"}},
		"no AOF":          {strings.Replace(good, "aof_enabled:1", "aof_enabled:0", 1), []string{"`appendonly yes`"}},
		"evicts":          {strings.Replace(good, "noeviction", "allkeys-lru", 1), []string{"`maxmemory-policy noeviction`"}},
		"says nothing":    {"", []string{"6.2", "`appendonly yes`", "`maxmemory-policy noeviction`"}},
	} {
		got := faults(parseInfo(test.info))
		if len(got) != len(test.want) {
			t.Errorf("%s: %q, want %d faults", name, got, len(test.want))
			continue
		}
		for i, word := range test.want {
			if !strings.Contains(got[i], word) {
				t.Errorf("%s: %q does not say %q", name, got[i], word)
			}
		}
	}
}
