import Basics
import Foundation

/// A server that a test starts on a free port of the loopback and stops when the value goes away.
package final class LocalServer: @unchecked Sendable {
    private let process: ChildProcess
    package let port: Int

    private init(_ process: ChildProcess, port: Int) {
        self.process = process
        self.port = port
    }

    deinit {
        // Some servers take their time over a polite request.
        process.signal(SIGKILL)
        process.wait()
    }

    private static func freePort() -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(descriptor, generic, length) == 0, getsockname(descriptor, generic, &length) == 0 else {
                    return 0
                }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
    }

    private static func isListening(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func start(_ program: String, _ arguments: (Int) -> [String], in directory: TemporaryDirectory)
        throws -> LocalServer
    {
        let port = freePort()
        let quiet = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(quiet) }
        let process = try ChildProcess(
            [program] + arguments(port), directory: directory.path, environment: ProcessInfo.processInfo.environment,
            input: quiet, output: quiet, errors: quiet)
        let deadline = Date().addingTimeInterval(30)
        while !isListening(port), process.isRunning, Date() < deadline { usleep(50_000) }
        let server = LocalServer(process, port: port)
        guard isListening(port) else { throw CocoaError(.executableNotLoadable) }
        return server
    }

    /// moto's S3, which takes any signature; nil when it is not installed.
    package static func s3(in directory: TemporaryDirectory) throws -> LocalServer? {
        guard let program = SharedData.client("moto_server") else { return nil }
        return try start(program, { ["-H", "127.0.0.1", "-p", "\($0)"] }, in: directory)
    }

    /// The files of a directory over plain HTTP.
    package static func files(_ path: String, in directory: TemporaryDirectory) throws -> LocalServer {
        try start(
            "/usr/bin/env", { ["python3", "-m", "http.server", "\($0)", "--bind", "127.0.0.1", "--directory", path] },
            in: directory)
    }

    /// A server written in Python; gets its port as its only argument.
    package static func python(_ script: String, in directory: TemporaryDirectory) throws -> LocalServer {
        try start("/usr/bin/env", { ["python3", script, "\($0)"] }, in: directory)
    }

    package static let sshdPath = "/usr/sbin/sshd"

    /// OpenSSH's server with a key of its own; `command` is the ssh that may log in.
    package static func ssh(in directory: TemporaryDirectory) throws -> (server: LocalServer, command: String)? {
        guard FileManager.default.isExecutableFile(atPath: sshdPath) else {
            print("skipping a test: \(sshdPath) is not installed")
            return nil
        }
        for name in ["host", "id"] {
            _ = try RunProgram.run(
                "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", directory.file(name)], in: directory.path
            )
        }
        try FileManager.default.copyItem(atPath: directory.file("id.pub"), toPath: directory.file("authorized"))
        chmod(directory.file("authorized"), 0o600)
        try? FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        let server = try start(
            sshdPath,
            { port in
                [
                    "-D", "-e", "-p", "\(port)", "-h", directory.file("host"), "-f", "/dev/null", "-o",
                    "ListenAddress=127.0.0.1", "-o", "AuthorizedKeysFile=\(directory.file("authorized"))",
                    "-o", "StrictModes=no", "-o", "UsePAM=no", "-o", "PidFile=\(directory.file("pid"))", "-o",
                    "Subsystem=sftp internal-sftp",
                ]
            }, in: directory)
        return (
            server,
            "ssh -oStrictHostKeyChecking=no -oUserKnownHostsFile=\(directory.file("known")) -i \(directory.file("id"))"
        )
    }
}
