package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestProf(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("N"))
	a, _ := strconv.Atoi(os.Getenv("A"))
	f, _ := strconv.ParseFloat(os.Getenv("P"), 64)
	crowd := crowdOf(n)
	began := time.Now()
	r := simulateFor(t, agents(a, f), bytes.NewReader(crowd), 30)
	var u syscall.Rusage
	syscall.Getrusage(0, &u)
	fmt.Printf("wall %.1f cpu %.1f maxrss %dMB total %+v\n", time.Since(began).Seconds(), float64(u.Utime.Sec)+float64(u.Stime.Sec), u.Maxrss/1024, r.Total)
}
