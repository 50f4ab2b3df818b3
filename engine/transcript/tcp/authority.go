package tcp

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"time"
)

// A ca signs the certificates of servers and devices.
type ca struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
	mine tls.Certificate

	mu      sync.Mutex
	clients map[string]*tls.Certificate
}

// authority is made when it's needed first.
var authority = sync.OnceValue(newCA)

func newCA() *ca {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("tcp: making a key: " + err.Error())
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pop3lab tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, DNSNames: []string{"dewey"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic("tcp: signing a certificate: " + err.Error())
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic("tcp: reading the certificate just made: " + err.Error())
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &ca{cert: cert, key: key, pool: pool, mine: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, clients: map[string]*tls.Certificate{}}
}

func (a *ca) serverConfig() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{a.mine}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: a.pool}
}

// clientConfig has a certificate for user, if there is one.
func (a *ca) clientConfig(user string) *tls.Config {
	conf := &tls.Config{RootCAs: a.pool, ServerName: "dewey"}
	if user != "" {
		conf.Certificates = []tls.Certificate{*a.client(user)}
	}
	return conf
}

func (a *ca) client(user string) *tls.Certificate {
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.clients[user]; c != nil {
		return c
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: user},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		panic("tcp: signing a client's certificate: " + err.Error())
	}
	c := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
	a.clients[user] = c
	return c
}
