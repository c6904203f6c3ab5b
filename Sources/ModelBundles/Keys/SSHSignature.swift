import Basics
import Crypto
import Foundation

/// A signature as `ssh-keygen -Y sign` and SSH agents make it: the format SSHSIG of OpenSSH
/// (PROTOCOL.sshsig), version 1.
///
/// What is signed is not the text but `SSHSIG`, a namespace, a hash's name and the hash of the text, so a signature for
/// a log-in or a commit is none of ours. The text is the pre-authentication encoding of a DSSE envelope, the namespace
/// `dsse@hftml`, the hash SHA-512. Checked by hand with
///
///     ssh-keygen -Y verify -f ALLOWED-SIGNERS -I PERSON -n dsse@hftml -s SIGNATURE < TEXT
package struct SSHSignature: Sendable, Equatable {
    /// The purpose that signatures are bound to.
    package static let namespace = "dsse@hftml"
    private static let preamble = Array("SSHSIG".utf8)
    private static let hash = "sha512"

    /// Of the key that made it, as SSH writes public keys.
    package let publicKey: [UInt8]
    /// Kind, bytes, and for a security key flags and counter, as SSH writes signatures.
    package let signature: [UInt8]

    /// A signature as an agent returned it.
    package init(publicKey: [UInt8], signature: [UInt8]) { (self.publicKey, self.signature) = (publicKey, signature) }

    /// What a key signs for a text.
    package static func signedBytes(_ text: [UInt8]) -> [UInt8] {
        var wire = SSHWire(preamble)
        wire.write(namespace)
        wire.write([UInt8]())
        wire.write(hash)
        wire.write(Array(SHA512.hash(data: text)))
        return wire.bytes
    }

    /// As it stands in an envelope, and between the lines of an armoured file.
    package var bytes: [UInt8] {
        var wire = SSHWire(SSHSignature.preamble)
        wire.writeNumber(1)
        wire.write(publicKey)
        wire.write(SSHSignature.namespace)
        wire.write([UInt8]())
        wire.write(SSHSignature.hash)
        wire.write(signature)
        return wire.bytes
    }

    /// Nil for another format, version, namespace or hash, and for bytes behind the end.
    package init?(_ bytes: [UInt8]) {
        var wire = SSHWire(bytes)
        guard wire.readPlain(SSHSignature.preamble.count) == SSHSignature.preamble, wire.readNumber() == 1,
            let publicKey = wire.read(), wire.readText() == SSHSignature.namespace, wire.read() == [],
            wire.readText() == SSHSignature.hash, let signature = wire.read(), wire.isAtEnd
        else { return nil }
        self.init(publicKey: publicKey, signature: signature)
    }

    /// From a file that `ssh-keygen -Y sign` wrote.
    package init?(armoured text: String) {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN SSH SIGNATURE-----", lines.last == "-----END SSH SIGNATURE-----",
            let data = Data(base64Encoded: lines.dropFirst().dropLast().joined())
        else { return nil }
        self.init(Array(data))
    }

    /// As `ssh-keygen -Y verify` reads it.
    package var armoured: String {
        let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
        return "-----BEGIN SSH SIGNATURE-----\n\(text)\n-----END SSH SIGNATURE-----\n"
    }

    /// Whether a key made it for a text.
    func fits(_ key: PublicKey, _ text: [UInt8]) -> Bool {
        guard let kind = key.sshKind, publicKey == key.sshBlob,
            let ed25519 = try? Curve25519.Signing.PublicKey(rawRepresentation: key.raw)
        else { return false }
        var wire = SSHWire(signature)
        guard wire.readText() == kind, let raw = wire.read(), raw.count == 64 else { return false }
        let signed = SSHSignature.signedBytes(text)
        guard case .securityKey(let application) = key.kind else {
            return wire.isAtEnd && ed25519.isValidSignature(raw, for: signed)
        }
        // A security key signs what its touch and its counter were as well (PROTOCOL.u2f).
        guard let flags = wire.readPlain(1), let counter = wire.readPlain(4), wire.isAtEnd,
            flags[0] & SSHSignature.userPresent != 0
        else { return false }
        let all = Array(SHA256.hash(data: Array(application.utf8))) + flags + counter + Array(SHA256.hash(data: signed))
        return ed25519.isValidSignature(raw, for: all)
    }

    /// Somebody touched the security key.
    private static let userPresent: UInt8 = 1
}

extension PublicKey {
    /// As SSH calls the kind; nil for a key of ours.
    package var sshKind: String? { kind == .ed25519 ? nil : kind.name }

    /// The key as SSH writes it; empty for a key of ours.
    package var sshBlob: [UInt8] {
        guard let sshKind else { return [] }
        var wire = SSHWire()
        wire.write(sshKind)
        wire.write(raw)
        if case .securityKey(let application) = kind { wire.write(application) }
        return wire.bytes
    }

    /// A line such as `ssh-ed25519 AAAA… ann@desk`, as `id_ed25519.pub` holds.
    ///
    /// - Throws: ``Failure`` with code `key.format` for another kind of key.
    package init(sshLine text: String, name: String, person: String? = nil) throws {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        let known = ["ssh-ed25519", "sk-ssh-ed25519@openssh.com"]
        guard words.count >= 2, known.contains(words[0]), let data = Data(base64Encoded: words[1]) else {
            throw Failure(
                "key.format",
                "found \(words.first.map { "'\($0.prefix(40))'" } ?? "nothing"), expected an SSH key of the kind "
                    + known.joined(separator: " or "),
                hint: "make one with: ssh-keygen -t ed25519, or ssh-keygen -t ed25519-sk")
        }
        var wire = SSHWire(Array(data)), kind = Kind.ssh
        guard wire.readText() == words[0], let raw = wire.read(), raw.count == 32 else {
            throw Failure("key.format", "found an SSH key '\(words[0])' whose two halves differ")
        }
        if words[0] != "ssh-ed25519" {
            guard let application = wire.readText() else {
                throw Failure("key.format", "found a security key without its application")
            }
            kind = .securityKey(application: application)
        }
        guard wire.isAtEnd else { throw Failure("key.format", "found bytes behind the end of an SSH key") }
        self.init(name: name, person: person, raw: raw, kind: kind)
    }
}
