import Basics
import Foundation

/// A time-stamping authority of `openssl ts`, with a root of its own, in a temporary directory.
package final class StampAuthority: Sendable {
    package let directory: TemporaryDirectory

    private static let fixtures = "\(SharedData.repository)/Tests/WorkflowsTests/Fixtures"

    /// - Parameter kind: of its keys: `rsa`, `p256` or `p384`.
    package init(_ kind: String) throws {
        directory = try TemporaryDirectory()
        try run("make", kind)
    }

    private func run(_ arguments: String...) throws {
        let result = try RunProgram.run(
            "/usr/bin/env", ["bash", "\(StampAuthority.fixtures)/stamp_authority.sh"] + arguments, in: directory.path)
        guard result.status == 0 else { throw Failure("test.authority", result.errors + result.output) }
    }

    /// A certificate that it made, in PEM.
    package func pem(_ name: String = "root") throws -> String { try FileChunks.text(directory.file("\(name).pem")) }

    /// An answer to a request.
    ///
    /// - Parameters:
    ///   - signer: whose certificate and key sign.
    ///   - chain: file of certificates that go with it; empty for none.
    ///   - section: of `tsa.cnf`.
    package func answer(
        _ request: [UInt8], signer: String = "tsa", chain: String = "", hash: String = "sha256",
        section: String = "stamps"
    ) throws -> [UInt8] {
        try AtomicFile.write(request, to: directory.file("q.tsq"))
        try run("reply", "q.tsq", "a.tsr", signer, chain, hash, section)
        return try FileChunks.bytes(directory.file("a.tsr"))
    }

    /// An answer by `openssl cms`, which asks a signer for no rights.
    package func crafted(_ request: [UInt8], signer: String, chain: String = "") throws -> [UInt8] {
        try AtomicFile.write(request, to: directory.file("q.tsq"))
        try run("craft", "q.tsq", "a.tsr", signer, chain)
        return try FileChunks.bytes(directory.file("a.tsr"))
    }

    /// Whether `openssl ts -verify` believes a token about a file.
    package func believes(_ token: [UInt8], about data: [UInt8]) throws -> Bool {
        try AtomicFile.write(token, to: directory.file("t.tst"))
        try AtomicFile.write(data, to: directory.file("t.data"))
        return try RunProgram.run(
            "/usr/bin/env",
            ["openssl", "ts", "-verify", "-data", "t.data", "-in", "t.tst", "-token_in", "-CAfile", "root.pem"],
            in: directory.path
        ).status == 0
    }

    /// The same over HTTP; the file `mode` of the directory says how it answers.
    package func serve() throws -> LocalServer {
        try directory.write("ok", to: "mode")
        return try LocalServer.python("\(StampAuthority.fixtures)/stamp_server.py", in: directory)
    }
}
