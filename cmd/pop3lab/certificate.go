package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	pop3 "pop3lab/engine/client"
)

// tlsConfig loads the certificate of the files, or, without files, makes one that lives as long as
// the process. It also returns the certificate's fingerprint, for people to compare.
func tlsConfig(certFile, keyFile, clientCA string) (*tls.Config, string, error) {
	var cert tls.Certificate
	var err error
	switch {
	case certFile != "" && keyFile != "":
		if cert, err = loadCertificate(certFile, keyFile); err != nil {
			return nil, "", err
		}
	case certFile != "" || keyFile != "":
		return nil, "", usagef("--tls-cert and --tls-key go together")
	default:
		if cert, err = makeCertificate(); err != nil {
			return nil, "", err
		}
	}
	c := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if clientCA != "" {
		pem, err := os.ReadFile(clientCA)
		if err != nil {
			return nil, "", fmt.Errorf("--client-ca: %w", err)
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, "", fmt.Errorf("--client-ca: %s holds no certificate in PEM form", clientCA)
		}
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c, pop3.Fingerprint(cert.Leaf), nil
}

// loadCertificate reads a certificate and its key, and says which of the two files is wrong and how.
func loadCertificate(certFile, keyFile string) (tls.Certificate, error) {
	certPEM, err := os.ReadFile(certFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("--tls-cert: the certificate can't be used: %w", err)
	}
	keyPEM, err := os.ReadFile(keyFile)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("--tls-key: the certificate's key can't be used: %w", err)
	}
	cert, err := tls.X509KeyPair(certPEM, keyPEM)
	switch key := keyBlock(keyPEM); {
	case err == nil:
		return cert, nil
	case !bytes.Contains(certPEM, []byte("-----BEGIN CERTIFICATE-----")):
		return cert, fmt.Errorf("--tls-cert: the certificate can't be used: %s holds none in PEM form", certFile)
	case key == nil:
		return cert, fmt.Errorf("--tls-key: the certificate's key can't be used: %s holds none in PEM form", keyFile)
	case unreadable(key):
		return cert, fmt.Errorf("--tls-key: the key in %s can't be read; is it encrypted? write it without a passphrase", keyFile)
	}
	return cert, fmt.Errorf("the certificate can't be used: %w; --tls-cert and --tls-key name PEM files that belong together", err)
}

// keyBlock is the key in a PEM file, or nil.
func keyBlock(data []byte) *pem.Block {
	for {
		var b *pem.Block
		if b, data = pem.Decode(data); b == nil || b.Type == "PRIVATE KEY" || strings.HasSuffix(b.Type, " PRIVATE KEY") {
			return b
		}
	}
}

// unreadable says that crypto/tls can make nothing of a key, as of every encrypted one.
func unreadable(key *pem.Block) bool {
	if _, err := x509.ParsePKCS8PrivateKey(key.Bytes); err == nil {
		return false
	}
	if _, err := x509.ParsePKCS1PrivateKey(key.Bytes); err == nil {
		return false
	}
	_, err := x509.ParseECPrivateKey(key.Bytes)
	return err != nil
}

// makeCertificate makes a certificate for this machine, signed by itself.
func makeCertificate() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, err
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "pop3lab on this machine"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		IsCA:         true, BasicConstraintsValid: true,
	}
	if host, err := os.Hostname(); err == nil && host != "localhost" {
		t.DNSNames = append(t.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
