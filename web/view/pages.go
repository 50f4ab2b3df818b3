package view

// An entry is a page of the navigation.
type entry struct{ Path, Name string }

// pages are the pages, in the order of the navigation. Paths are relative, so that the pages work in
// any folder of any host.
var pages = []entry{{"./", "Bench"}}

// Pictures of controls, as paths on a square of 16.
const (
	iconFirst        = "M3 3v10M12 3 6 8l6 5"
	iconPrevExchange = "M8 3 3 8l5 5M13 3 8 8l5 5"
	iconPrev         = "M10 3 5 8l5 5"
	iconNext         = "M6 3l5 5-5 5"
	iconNextExchange = "M3 3l5 5-5 5M8 3l5 5-5 5"
)

// lenses are the tabs of the lens, each with its panel.
var lenses = []struct{ ID, Name string }{
	{"notes", "Notes"}, {"bytes", "Bytes"}, {"ladder", "Ladder"}, {"states", "States"}, {"rfc", "RFC"},
}
