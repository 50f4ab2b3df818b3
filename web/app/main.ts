// The page: puts the panels together.
console.log("pop3lab");
