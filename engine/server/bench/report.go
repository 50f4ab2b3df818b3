package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
)

// missing stands for a figure that can't be had.
var missing = math.NaN()

// A result is one row of the report. A figure that could not be had is null in JSON.
type result struct {
	Scenario  string `json:"scenario"`
	Row       string `json:"row"`
	Unit      string `json:"unit"`
	Ours      figure `json:"ours"`
	Reference figure `json:"reference"`
	Ratio     figure `json:"ratio"` // ours / reference, the median over the rounds
	RatioMin  figure `json:"ratio_min"`
	RatioMax  figure `json:"ratio_max"`
	Best      figure `json:"best"` // the best round of ours / the best of the reference: a busy machine changes it least
	CPU       figure `json:"cpu"`  // the server's CPU time for the same work, ours / reference
	Target    string `json:"target"`
	Met       *bool  `json:"met"` // null without a target
	Rounds    int    `json:"rounds"`
	target    target
}

// A report is what --json prints.
type report struct {
	Server  string   `json:"server"`
	CPUs    int      `json:"cpus"`
	OS      string   `json:"os"`
	Go      string   `json:"go"`
	Results []result `json:"results"`
}

// A figure is a number, or missing.
type figure float64

func (f figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// String shows three digits that matter.
func (f figure) String() string {
	switch a := math.Abs(float64(f)); {
	case math.IsNaN(a):
		return "–"
	case a >= 1e6:
		return fmt.Sprintf("%.2f M", float64(f)/1e6)
	case a >= 100 || a == 0:
		return fmt.Sprintf("%.0f", float64(f))
	case a >= 10:
		return fmt.Sprintf("%.1f", float64(f))
	}
	return fmt.Sprintf("%.2f", float64(f))
}

// String is the target in words, or "".
func (t target) String() string {
	var words []string
	if t.Ratio > 0 {
		words = append(words, fmt.Sprintf("ratio ≥ %.1f", t.Ratio))
	}
	if t.Rate > 0 {
		words = append(words, "≥ "+figure(t.Rate).String())
	}
	if t.Most > 0 {
		words = append(words, "≤ "+figure(t.Most).String())
	}
	if t.Zero {
		words = append(words, "0")
	}
	text := strings.Join(words, " or ")
	if t.Aim > 0 {
		text += fmt.Sprintf(", aim %.1f", t.Aim)
	}
	return text
}

// met says whether one of the bounds is kept; nil without a bound.
func (t target) met(ours, ratio figure) *bool {
	if t.String() == "" {
		return nil
	}
	ok := t.Ratio > 0 && float64(ratio) >= t.Ratio ||
		t.Rate > 0 && float64(ours) >= t.Rate ||
		t.Most > 0 && float64(ours) <= t.Most ||
		t.Zero && ours == 0
	return &ok
}

// summarize makes a row of the figures of all rounds. Ours and reference are medians; the ratio is
// the median of the ratios of the rounds, so that what slows a whole round down doesn't count.
func summarize(scenario string, r row, ours, reference []float64) result {
	ratios := make([]float64, 0, len(ours))
	for i := range min(len(ours), len(reference)) {
		if reference[i] > 0 {
			ratios = append(ratios, ours[i]/reference[i])
		}
	}
	res := result{
		Scenario: scenario, Row: r.Name, Unit: r.Unit, Target: r.Target.String(), target: r.Target, Rounds: len(ours),
		Ours: figure(median(ours)), Reference: figure(median(reference)),
		Ratio: figure(median(ratios)), RatioMin: figure(missing), RatioMax: figure(missing),
		Best: figure(missing), CPU: figure(missing),
	}
	if len(ratios) > 0 {
		res.RatioMin, res.RatioMax = figure(slices.Min(ratios)), figure(slices.Max(ratios))
	}
	res.Met = r.Target.met(res.Ours, res.Ratio)
	return res
}

// median is the middle one of the figures, missing without any.
func median(figures []float64) float64 {
	if len(figures) == 0 {
		return missing
	}
	sorted := slices.Sorted(slices.Values(figures))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// columns are the widths of the table.
const columns = "%-41s %13s %13s %6s %12s %6s %6s   %-24s %s\n"

// header prints the heads of the table.
func header(w io.Writer, server string) {
	fmt.Fprintf(w, "%s on %s, %d CPUs, %s\n\n", server, runtime.GOOS, runtime.NumCPU(), runtime.Version())
	fmt.Fprintf(w, columns, "scenario", "ours", "reference", "ratio", "min–max", "best", "CPU", "target", "")
}

// line prints a row of the table.
func (r result) line(w io.Writer) {
	with := func(f figure) string {
		if math.IsNaN(float64(f)) {
			return "–"
		}
		return strings.TrimSpace(f.String() + " " + r.Unit)
	}
	span, verdict := "", ""
	if r.Rounds > 1 && !math.IsNaN(float64(r.RatioMin)) {
		span = r.RatioMin.String() + "–" + r.RatioMax.String()
	}
	if r.Met != nil {
		verdict = map[bool]string{true: "met", false: "not met"}[*r.Met]
	}
	fmt.Fprintf(w, columns, r.Row, with(r.Ours), with(r.Reference), r.Ratio.String(), span, r.Best.String(), r.CPU.String(), r.Target, verdict)
}
