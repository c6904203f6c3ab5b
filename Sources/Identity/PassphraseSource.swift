import Basics
import Foundation
import ModelBundles

/// Where passphrases come from: a file that `HFTML_PASSPHRASE_FILE` names, else the person at the terminal.
package struct PassphraseSource: Sendable {
    private let environment: [String: String]
    private let ask: (@Sendable (String) -> String?)?

    /// - Parameter ask: shows a text and reads a line that is not echoed; nil without a terminal.
    package init(environment: [String: String], ask: (@Sendable (String) -> String?)?) {
        (self.environment, self.ask) = (environment, ask)
    }

    /// For a key that is there.
    ///
    /// - Throws: ``Failure`` with code `key.passphrase` where nobody can be asked.
    package func existing(_ name: String) throws -> [UInt8] {
        if let known = try fromFile() { return known }
        guard let answer = ask?("Passphrase of the key '\(name)': ") else {
            throw Failure(
                "key.passphrase",
                "found the private key '\(name)' under a passphrase, and no terminal to ask for it on",
                hint: "name a file that only you can read: export HFTML_PASSPHRASE_FILE=/PATH")
        }
        return Array(answer.utf8)
    }

    /// For a key that is being made; nil where a person wants none, or where there is nobody to ask.
    ///
    /// - Throws: ``Failure`` with code `key.passphrase` where the second answer is another.
    package func new(_ name: String) throws -> [UInt8]? {
        if let known = try fromFile() { return known }
        guard let ask, let first = ask("New passphrase of the key '\(name)' (empty for none): "), !first.isEmpty else {
            return nil
        }
        guard ask("The same again: ") == first else {
            throw Failure("key.passphrase", "found two different passphrases", hint: "try again", exitStatus: .usage)
        }
        return Array(first.utf8)
    }

    private func fromFile() throws -> [UInt8]? {
        guard let path = environment["HFTML_PASSPHRASE_FILE"], !path.isEmpty else { return nil }
        try SigningKey.requirePrivate(path)
        let bytes = try FileChunks.bytes(path), line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty else {
            throw Failure("key.passphrase", "found no passphrase in '\(path)', which HFTML_PASSPHRASE_FILE names")
        }
        return Array(line)
    }
}
