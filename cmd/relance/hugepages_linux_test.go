package main

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestHugePages has the kernel say how much of the program's memory may be in large pages.
func TestHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		t.Skip("this kernel has no huge pages to ask for")
	}
	hugePages(64 << 20)
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	advised := 0 // KiB
	for _, m := range regexp.MustCompile(`(?ms)^Size: +(\d+) kB$.*?^VmFlags:(.*?)$`).FindAllStringSubmatch(string(maps), -1) {
		if n, err := strconv.Atoi(m[1]); err == nil && strings.Contains(m[2], " hg") {
			advised += n
		}
	}
	if advised < 64<<10 {
		t.Errorf("%d KiB may be in large pages, not 64 MiB", advised)
	}
}
