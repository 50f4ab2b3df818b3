package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// manyLoopbacks says that every address of 127.0.0.0/8 is ours to connect from.
const manyLoopbacks = true

// settle writes out what the bench has stored, so that no disk works during the measurement.
func settle() { syscall.Sync() }

// load is how many processes wanted to run, on average over the last minute.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	n, _ := strconv.ParseFloat(first, 64)
	return n
}

// openFiles is how many files, and so connections, this process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(limit.Cur)
}

// resident is the memory in octets that process pid and its descendants have in RAM now.
func resident(pid int) (int64, error) { return sumStatus(pid, "VmRSS:") }

// peak is the most they ever had since watchPeak.
func peak(pid int) (int64, error) { return sumStatus(pid, "VmHWM:") }

// watchPeak forgets the peak so far (proc(5), /proc/pid/clear_refs).
func watchPeak(pid int) error {
	for _, p := range family(pid) {
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p), []byte("5"), 0); err != nil {
			return err
		}
	}
	return nil
}

// cpuSeconds is the CPU time that process pid and its descendants have used: missing without a pid.
func cpuSeconds(pid int) float64 {
	if pid == 0 {
		return missing
	}
	var ticks int
	for _, p := range family(pid) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p))
		if err != nil {
			continue // it ended since it was listed
		}
		// Fields 14 to 17 of the line, of which two stand before the ")": the process's own time
		// and that of the children it has seen end, each as user and system.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		for _, f := range fields[11:15] {
			n, _ := strconv.Atoi(f)
			ticks += n
		}
	}
	return float64(ticks) / 100 // USER_HZ, the same on every machine that Go runs on
}

// sumStatus adds up one line of /proc/PID/status over a process and its descendants.
func sumStatus(pid int, key string) (int64, error) {
	var sum int64
	for _, p := range family(pid) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
		if err != nil {
			if p != pid {
				continue // it ended since it was listed
			}
			return 0, err
		}
		_, rest, ok := bytes.Cut(status, []byte("\n"+key))
		if !ok {
			continue // a process that is ending has no memory
		}
		fields := strings.Fields(string(rest[:bytes.IndexByte(rest, '\n')]))
		kb, err := strconv.ParseInt(fields[0], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s of process %d: %w", key, p, err)
		}
		sum += kb << 10
	}
	return sum, nil
}

// family is pid and all its descendants.
func family(pid int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	children := make(map[int][]int)
	for _, name := range stats {
		stat, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// pid (name) state ppid: the name may hold anything, but no later ")".
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		parent, _ := strconv.Atoi(fields[1])
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		children[parent] = append(children[parent], child)
	}
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}
