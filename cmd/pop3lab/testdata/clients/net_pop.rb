# Fetches every message with Ruby's Net::POP3 into DIR/1, DIR/2, ...
# Usage: net_pop.rb plain|tls HOST PORT USER PASSWORD CA DIR
require "net/pop"

security, host, port, user, password, ca, folder = ARGV

pop = Net::POP3.new(host, port.to_i)
pop.enable_ssl(verify_mode: OpenSSL::SSL::VERIFY_PEER, ca_file: ca) if security == "tls"
pop.start(user, password) do
  pop.mails.each do |mail|
    # pop gives the lines with CRLF.
    File.binwrite("#{folder}/#{mail.number}", mail.pop)
  end
end
