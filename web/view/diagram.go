package view

// A Road is a way between two boxes of the diagram, routed by hand so that no label touches a line.
// From and To are the RFC's names of states; the end of the connection has none.
type Road struct {
	From, To string
	Path     string // of an SVG
	// Label stands at X, Y until a step says what was really done; Anchor is the side it's aligned by.
	Label, Anchor string
	X, Y          string
}

// roads are the ways of the diagram. A test compares them with the table: none is missing, none is
// too many.
var roads = []Road{
	{"AUTHORIZATION", "TRANSACTION", "M134 32H211", "PASS", "middle", "173", "25"},
	{"TRANSACTION", "UPDATE", "M300 50V102", "QUIT", "start", "308", "80"},
	{"UPDATE", "", "M234 121H83", "", "middle", "158", "114"},
	{"AUTHORIZATION", "", "M58 50V104Q58 112 62 113", "QUIT", "end", "50", "80"},
	{"TRANSACTION", "", "M240 50V72Q240 82 230 82H92Q76 82 74 108", "line lost", "middle", "160", "76"},
}

// A Box is a state of the diagram.
type Box struct {
	State        string
	X, Y, W, H   string
	TextX, TextY string
	Small        bool
}

var boxes = []Box{
	{State: "AUTHORIZATION", X: "6", Y: "14", W: "128", H: "36", TextX: "70", TextY: "37"},
	{State: "TRANSACTION", X: "214", Y: "14", W: "128", H: "36", TextX: "278", TextY: "37"},
	{State: "UPDATE", X: "234", Y: "104", W: "88", H: "34", TextX: "278", TextY: "126", Small: true},
}

// node is the id of the state that stands in a box of the diagram with rooms, as engine.Near names it.
func node(box string) string {
	switch box {
	case "no name yet":
		return "AUTHORIZATION"
	case "user given":
		return "UserGiven"
	case "SASL exchange":
		return "SASLExchange"
	case "TLS handshake":
		return "TLSHandshake"
	}
	return box
}
