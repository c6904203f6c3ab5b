import Basics
import Foundation
import Identity
import ModelBundles
import TestSupport
import Testing

/// Where private keys lie, and what a passphrase is worth.
@Suite struct PrivateKeyFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func code(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? Failure)?.code }
        return nil
    }

    /// Made with Python's hashlib.scrypt and cryptography's ChaCha20Poly1305: secret 0…31, passphrase 'correct horse'.
    private static let foreign = """
        {"schemaVersion": 1, "kind": "ed25519-private-sealed", "name": "ann", "publicKey": \
        "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=", "derivation": "scrypt", "rounds": 65536, "salt": \
        "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", "sealed": "CQkJCQkJCQkJCQkJQylRKjHhVvvtvcmt2tgzIoR5DHE0RxSi\
        KcDNr8/8UWcPrAuW//vY9tqQY2avEuDs"}
        """

    @Test("what another program sealed is opened, with the right passphrase only")
    func foreign() throws {
        let path = try directory.write(Self.foreign, to: "ann.key.json")
        #expect(chmod(path, 0o600) == 0)
        let key = try PrivateKeyFile.read(path) { _ in Array("correct horse".utf8) }
        #expect(key.secret == Array(0..<32) && key.name == "ann")
        #expect(try PrivateKeyFile.publicKey(path) == key.publicKey)
        #expect(code { _ = try PrivateKeyFile.read(path) { _ in Array("correct Horse".utf8) } } == "key.passphrase")
        let renamed = try directory.write(Self.foreign.replacing("\"ann\"", with: "\"bob\""), to: "bob.key.json")
        #expect(chmod(renamed, 0o600) == 0)
        #expect(code { _ = try PrivateKeyFile.read(renamed) { _ in Array("correct horse".utf8) } } == "key.passphrase")
        #expect(chmod(path, 0o644) == 0)
        #expect(code { _ = try PrivateKeyFile.read(path) { _ in [] } } == "key.permissions")
    }

    @Test("what was sealed here comes back, holds no secret in the open, and is its owner's alone")
    func sealed() throws {
        let key = SigningKey(generating: "ann"), path = directory.file("ann.key.json")
        try PrivateKeyFile.write(key, passphrase: Array("pass".utf8), to: path)
        #expect(
            try PrivateKeyFile.read(path) { name in Array((name == "ann" ? "pass" : "").utf8) }.secret == key.secret)
        let text = try FileChunks.text(path)
        #expect(!text.contains(Data(key.secret).base64EncodedString()))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try PrivateKeyFile.write(key, passphrase: nil, to: path)
        #expect(try PrivateKeyFile.read(path) { _ in throw CancellationError() }.secret == key.secret)
    }

    @Test("a passphrase comes from a file that only its owner reads, else from the terminal; nobody there is an error")
    func passphrases() throws {
        let file = try directory.write("pass\nrest\n", to: "pass")
        let fromFile = PassphraseSource(environment: ["HFTML_PASSPHRASE_FILE": file], ask: nil)
        #expect(code { _ = try fromFile.existing("ann") } == "key.permissions")
        #expect(chmod(file, 0o600) == 0)
        #expect(try fromFile.existing("ann") == Array("pass".utf8) && fromFile.new("ann") == Array("pass".utf8))
        let nobody = PassphraseSource(environment: [:], ask: nil)
        #expect(code { _ = try nobody.existing("ann") } == "key.passphrase")
        #expect(try nobody.new("ann") == nil)
        #expect(try PassphraseSource(environment: [:], ask: { _ in "" }).new("ann") == nil)
        #expect(try PassphraseSource(environment: [:], ask: { _ in "s" }).new("ann") == Array("s".utf8))
        let twoMinds = PassphraseSource(environment: [:], ask: { $0.hasPrefix("New") ? "s" : "t" })
        #expect(code { _ = try twoMinds.new("ann") } == "key.passphrase")
    }

    @Test("keys lie where the person's settings lie, and Git is kept from them")
    func place() throws {
        func path(_ environment: [String: String]) throws -> String { try KeyDirectory(environment: environment).path }
        #expect(try path(["HOME": "/home/ann"]) == "/home/ann/.config/hftml/keys")
        #expect(try path(["HOME": "/home/ann", "XDG_CONFIG_HOME": "/etc/ann"]) == "/etc/ann/hftml/keys")
        #expect(try path(["HOME": "/home/ann", "XDG_CONFIG_HOME": "relative"]) == "/home/ann/.config/hftml/keys")
        #expect(try path(["HOME": "/home/ann", "HFTML_KEYS_DIRECTORY": "/run/keys"]) == "/run/keys")
        #expect(code { _ = try path(["HFTML_KEYS_DIRECTORY": "keys"]) } == "key.directory")
        #expect(try path([:]).hasSuffix("/.config/hftml/keys"))
        let keys = try KeyDirectory(environment: ["HFTML_KEYS_DIRECTORY": directory.file("deep/keys")])
        try keys.prepare()
        let mode = try FileManager.default.attributesOfItem(atPath: keys.path)[.posixPermissions] as? Int
        #expect(mode == 0o700 && Paths.exists("\(keys.path)/.gitignore"))
    }

    @Test("the account is the system's word")
    func account() throws {
        let result = try RunProgram.run("/usr/bin/id", ["-un"], in: directory.path)
        #expect(Account.current.name == result.output.split(separator: "\n").first.map(String.init))
    }
}
