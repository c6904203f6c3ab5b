import Basics
import Foundation
import Synchronization

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

    /// Where the next search for a port begins: below the ports that connections going out get, and apart for processes
    /// that test at the same time.
    private static let nextPort = Mutex(20_000 + Int(getpid()) % 600 * 20)

    /// A port that nobody listens on and that no other test of this process gets.
    private static func freePort() -> Int {
        nextPort.withLock { next in
            for _ in 0..<12_000 {
                let port = next
                next = port < 31_999 ? port + 1 : 20_000
                if isFree(port) { return port }
            }
            return 0
        }
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
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
        // For as long as it runs: a server written in Python takes a minute to begin beside a thousand other tests.
        while !isListening(port), process.isRunning { usleep(50_000) }
        let server = LocalServer(process, port: port)
        guard process.isRunning else { throw CocoaError(.executableNotLoadable) }
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
