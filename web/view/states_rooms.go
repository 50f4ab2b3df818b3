package view

// A Corridor is a way of the diagram with rooms, routed by hand so that no two cross and no label touches
// a line. Ways are those of engine.Near's arrows that it stands for, as FROM>TO.
type Corridor struct {
	Ways          []string
	Path          string
	Label, Anchor string
	X, Y          string
}

// corridors are tested against the table: none of its ways is missing, and none is too many. What leads
// back to where it began isn't drawn.
var corridors = []Corridor{
	{[]string{">AUTHORIZATION"}, "M-34 220H27", "connects", "start", "-36", "212"},
	{[]string{"AUTHORIZATION>UserGiven"}, "M145 200V133Q145 125 153 125H342Q350 125 350 117V93", "USER", "middle", "250", "119"},
	{[]string{"AUTHORIZATION>TRANSACTION"}, "M95 240V282Q95 290 103 290H624Q632 290 632 282V243", "APOP, AUTH", "middle", "390", "284"},
	{[]string{"AUTHORIZATION>SASLExchange"}, "M160 222H327", "AUTH", "middle", "262", "216"},
	{[]string{"AUTHORIZATION>TLSHandshake"}, "M75 200V93", "STLS", "end", "69", "150"},
	{[]string{"UserGiven>TRANSACTION"}, "M460 70H682Q690 70 690 78V197", "PASS, APOP, AUTH", "middle", "590", "63"},
	{[]string{"UserGiven>AUTHORIZATION"}, "M382 90V157Q382 165 374 165H198Q190 165 190 173V202Q190 210 182 210H163", "any -ERR, UTF8", "middle", "286", "159"},
	{[]string{"UserGiven>SASLExchange"}, "M430 90V197", "AUTH", "start", "437", "150"},
	{[]string{"UserGiven>TLSHandshake"}, "M330 62H163", "STLS", "middle", "246", "55"},
	{[]string{"SASLExchange>TRANSACTION"}, "M460 220H617", "response accepted", "middle", "561", "213"},
	{[]string{"SASLExchange>AUTHORIZATION"}, "M330 233H163", "-ERR", "middle", "262", "249"},
	{[]string{"TLSHandshake>AUTHORIZATION"}, "M115 90V197", "TLS is up", "start", "121", "112"},
	{[]string{"TRANSACTION>UPDATE"}, "M715 240V327", "QUIT", "start", "722", "288"},
	{[]string{"UPDATE>"}, "M660 348H108", "marked messages removed", "middle", "440", "342"},
	{[]string{"TRANSACTION>"}, "M656 240V312Q656 320 648 320H103Q95 320 95 328V335", "hang-up, idle limit", "middle", "440", "314"},
	{[]string{"AUTHORIZATION>", "UserGiven>", "SASLExchange>", "TLSHandshake>"}, "M50 268V340Q50 348 58 348H82", "QUIT, hang-up, idle limit", "start", "58", "309"},
}

// rooms are the boxes; State is what stands in them.
var rooms = []Box{
	{State: "TLS handshake", X: "30", Y: "50", W: "130", H: "40", TextX: "95", TextY: "75"},
	{State: "user given", X: "330", Y: "50", W: "130", H: "40", TextX: "395", TextY: "75"},
	{State: "no name yet", X: "30", Y: "200", W: "130", H: "40", TextX: "95", TextY: "225"},
	{State: "SASL exchange", X: "330", Y: "200", W: "130", H: "40", TextX: "395", TextY: "225"},
	{State: "TRANSACTION", X: "620", Y: "200", W: "130", H: "40", TextX: "685", TextY: "225"},
	{State: "UPDATE", X: "660", Y: "330", W: "90", H: "36", TextX: "705", TextY: "353"},
}
