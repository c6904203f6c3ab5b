import Basics
import Crypto
import Foundation
import Identity
import ModelBundles
import TestSupport
import Testing

/// Signatures of SSH keys, against OpenSSH itself: its agent signs for us, and `ssh-keygen` verifies ours and makes its
/// own. There is no security key here: its signatures are made in software, as PROTOCOL.u2f says, and `ssh-keygen`
/// accepts the same ones.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen"), "needs OpenSSH"))
struct SSHTests {
    private let directory: TemporaryDirectory
    private static let type = "application/vnd.in-toto+json"
    private static let payload = Array(#"{"a": 1}"#.utf8)

    init() throws { directory = try TemporaryDirectory() }

    private func ssh(_ program: String, _ arguments: String..., environment: [String: String] = [:]) throws
        -> RunProgram.Result
    {
        try RunProgram.run("/usr/bin/\(program)", arguments, in: directory.path, environment: environment)
    }

    private func makeKey() throws -> PublicKey {
        let made = try ssh("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@desk", "-f", "id")
        #expect(made.status == 0, "\(made.errors)")
        return try PublicKey(sshLine: try FileChunks.text(directory.file("id.pub")), name: "ann")
    }

    /// Whether OpenSSH takes a signature of the text that we sign.
    private func accepts(_ signature: SSHSignature, _ key: String) throws -> Bool {
        try directory.write("ann namespaces=\"dsse@hftml\" \(key)\n", to: "allowed")
        try directory.write(signature.armoured, to: "signature")
        let text = DSSE.preAuthenticationEncoding(type: Self.type, payload: Self.payload)
        try AtomicFile.write(text, to: directory.file("text"))
        return try ssh("sh", "-c", "ssh-keygen -Y verify -f allowed -I ann -n dsse@hftml -s signature < text").status
            == 0
    }

    @Test(
        "an agent signs, hftml and ssh-keygen verify; an agent without the key, or none, is an error with a way out"
    )
    func agent() throws {
        let key = try makeKey(), socket = directory.file("agent"), environment = ["SSH_AUTH_SOCK": socket]
        let process = try RunProgram.start("/usr/bin/ssh-agent", ["-D", "-a", socket], in: directory.path)
        defer { process.terminate() }
        #expect(RunProgram.wait { FileManager.default.fileExists(atPath: socket) })
        let agent = try SSHAgent(environment: environment)
        let missing = #expect(throws: Failure.self) { try SSHAgentSigner(key, agent: agent) }
        #expect(missing?.code == "ssh.no-key")
        #expect(throws: Failure.self) { try agent.signature(of: [1], with: key.sshBlob) }
        #expect(try ssh("ssh-add", "-q", "id", environment: environment).status == 0)
        #expect(try agent.keys() == [key.sshBlob])
        let signer = try SSHAgentSigner(key, agent: agent)
        let bytes = try signer.sign(payloadType: Self.type, payload: Self.payload)
        #expect(key.verifies(signature: bytes, payloadType: Self.type, payload: Self.payload))
        #expect(!key.verifies(signature: bytes, payloadType: "other", payload: Self.payload))
        let signature = try #require(SSHSignature(bytes)), line = try FileChunks.text(directory.file("id.pub"))
        #expect(try accepts(signature, line))
        // In an envelope, as statements and documents are signed.
        let text = try Envelope.make(payloadType: Self.type, payload: "{}", key: signer)
        #expect(try Envelope.open(text, payloadType: Self.type, trusted: TrustedKeys([key]), at: 0).key == key)
        let none = #expect(throws: Failure.self) { try SSHAgent(environment: [:]) }
        #expect(none?.code == "ssh.no-agent")
        let gone = try SSHAgent(environment: ["SSH_AUTH_SOCK": directory.file("none")])
        #expect((#expect(throws: Failure.self) { try gone.keys() })?.code == "ssh.no-agent")
    }

    @Test("what ssh-keygen signs counts, in our namespace only")
    func keygen() throws {
        let key = try makeKey(), text = DSSE.preAuthenticationEncoding(type: Self.type, payload: Self.payload)
        try AtomicFile.write(text, to: directory.file("text"))
        for (namespace, counts) in [("dsse@hftml", true), ("git", false)] {
            try? FileManager.default.removeItem(atPath: directory.file("text.sig"))
            #expect(try ssh("ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", "id", "text").status == 0)
            let signature = SSHSignature(armoured: try FileChunks.text(directory.file("text.sig")))
            #expect((signature != nil) == counts, "\(namespace)")
            guard let signature else { continue }
            #expect(key.verifies(signature: signature.bytes, payloadType: Self.type, payload: Self.payload))
            var random = SeededRandom(seed: 2)
            for _ in 0..<200 {
                var bytes = signature.bytes
                bytes[random.index(below: bytes.count)] ^= UInt8(1 << random.index(below: 8))
                #expect(!key.verifies(signature: bytes, payloadType: Self.type, payload: Self.payload))
            }
            #expect(!key.verifies(signature: signature.bytes + [0], payloadType: Self.type, payload: Self.payload))
        }
    }

    /// What a security key would answer.
    private static func securitySignature(_ secret: Curve25519.Signing.PrivateKey, _ key: PublicKey, flags: UInt8)
        throws
        -> SSHSignature
    {
        let text = DSSE.preAuthenticationEncoding(type: type, payload: payload), counter: [UInt8] = [0, 0, 1, 2]
        let all =
            Array(SHA256.hash(data: Array("ssh:".utf8))) + [flags] + counter
            + Array(SHA256.hash(data: SSHSignature.signedBytes(text)))
        var wire = SSHWire()
        wire.write("sk-ssh-ed25519@openssh.com")
        wire.write(Array(try secret.signature(for: all)))
        wire.writePlain([flags] + counter)
        return SSHSignature(publicKey: key.sshBlob, signature: wire.bytes)
    }

    @Test("a security key's signature counts where somebody touched it")
    func securityKey() throws {
        let secret = Curve25519.Signing.PrivateKey()
        var wire = SSHWire()
        wire.write("sk-ssh-ed25519@openssh.com")
        wire.write(Array(secret.publicKey.rawRepresentation))
        wire.write("ssh:")
        let line = "sk-ssh-ed25519@openssh.com \(Data(wire.bytes).base64EncodedString()) ann@token"
        let key = try PublicKey(sshLine: line, name: "ann-token", person: "ann")
        #expect(key.kind == .securityKey(application: "ssh:") && key.sshBlob == wire.bytes)
        let touched = try Self.securitySignature(secret, key, flags: 1)
        #expect(key.verifies(signature: touched.bytes, payloadType: Self.type, payload: Self.payload))
        #expect(try accepts(touched, line))
        let untouched = try Self.securitySignature(secret, key, flags: 0)
        #expect(!key.verifies(signature: untouched.bytes, payloadType: Self.type, payload: Self.payload))
        // Stricter than the peer: ssh-keygen asks for no touch.
        #expect(try accepts(untouched, line))
        // A key of another kind with the same bytes is another key.
        let plain = PublicKey(name: "ann", raw: key.raw), ssh = PublicKey(name: "ann", raw: key.raw, kind: .ssh)
        #expect(Set([key.id, plain.id, ssh.id]).count == 3)
        #expect(!ssh.verifies(signature: touched.bytes, payloadType: Self.type, payload: Self.payload))
        for one in [key, plain, ssh] { #expect(try PublicKey(one.json, in: "test") == one) }
    }

    @Test(
        "other keys and lines that are none are refused",
        arguments: ["", "ssh-rsa AAAA", "ssh-ed25519", "ssh-ed25519 !!", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5"])
    func refused(_ line: String) throws {
        let error = #expect(throws: Failure.self) { try PublicKey(sshLine: line, name: "a") }
        #expect(error?.code == "key.format")
    }
}
