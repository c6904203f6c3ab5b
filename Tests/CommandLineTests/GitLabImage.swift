import Basics
import Foundation
import TestSupport

/// What a minimal image has, as a root directory of its own: a shell, Git, tar and hftml; neither curl nor Python.
///
/// Where this account may make no root (`unshare`), a search path with the same programs and nothing else.
struct GitLabImage {
    /// Where its programs lie, on this machine.
    let programs: String
    private let root: String
    /// What is seen inside as it is outside.
    private let mounts: [String]

    private static let names = [
        "bash", "sh", "env", "git", "tar", "gzip", "chmod", "mkdir", "cat", "ls", "rm", "sed", "head",
    ]
    private static let namespace =
        ["unshare"] + (getuid() == 0 ? [] : ["--user", "--map-root-user"]) + ["--mount", "--propagation", "private"]

    /// Whether this account may make a root.
    static let hasRoot: Bool =
        (try? RunProgram.run("/usr/bin/env", namespace + ["mount", "--bind", "/tmp", "/tmp"], in: "/"))?.status == 0

    init(in directory: TemporaryDirectory, seeing mounts: [String]) throws {
        (root, programs, self.mounts) = (directory.file("root"), directory.file("root/usr/bin"), mounts)
        try Paths.makeDirectory(programs)
        for name in GitLabImage.names {
            guard let path = ["/usr/bin/\(name)", "/bin/\(name)"].first(where: Paths.exists) else {
                throw CocoaError(.fileNoSuchFile)
            }
            try FileManager.default.copyItem(atPath: Paths.resolved(path), toPath: "\(programs)/\(name)")
        }
        for path in [RunProgram.hftml, RunProgram.runtime] {
            let place = "\(programs)/\(Paths.name(path))"
            if GitLabImage.hasRoot {
                try directory.write("", to: "root/usr/bin/\(Paths.name(path))")
            } else {
                try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: path)
            }
        }
        try Paths.makeDirectory("\(root)/etc")
        for name in ["passwd", "group", "nsswitch.conf", "ld.so.cache"] where Paths.exists("/etc/\(name)") {
            try FileManager.default.copyItem(atPath: "/etc/\(name)", toPath: "\(root)/etc/\(name)")
        }
        for name in ["bin", "lib", "lib64"] {
            try FileManager.default.createSymbolicLink(atPath: "\(root)/\(name)", withDestinationPath: "usr/\(name)")
        }
    }

    /// Where hftml lies inside.
    static var hftml: String { hasRoot ? "/usr/bin/hftml" : RunProgram.hftml }

    /// Runs a script that stops at the first failure.
    func run(_ script: String, home: String) throws -> RunProgram.Result {
        let path = GitLabImage.hasRoot ? "/usr/bin" : programs
        let clean = ["-i", "PATH=\(path)", "HOME=\(home)", "CI=true", "\(path)/bash", "-eo", "pipefail", script]
        guard GitLabImage.hasRoot else { return try RunProgram.run("/usr/bin/env", clean, in: home) }
        var lines = ["cd '\(root)'", "PATH=$PATH:/usr/sbin:/sbin"]
        for name in ["/usr/lib", "/usr/lib64", "/usr/share", "/dev", "/proc"] + mounts where Paths.isDirectory(name) {
            lines += ["mkdir -p '.\(name)'", "mount --rbind '\(name)' '.\(name)'"]
        }
        for program in [RunProgram.hftml, RunProgram.runtime] {
            lines.append("mount --bind '\(program)' 'usr/bin/\(Paths.name(program))'")
        }
        lines.append("mkdir -p tmp; exec chroot . /usr/bin/env \"$@\"")
        return try RunProgram.run(
            "/usr/bin/env",
            GitLabImage.namespace + ["/bin/sh", "-ec", lines.joined(separator: "\n"), "sh"] + clean, in: home)
    }
}
