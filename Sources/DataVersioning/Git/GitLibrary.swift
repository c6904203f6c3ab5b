import Basics
import CGit2

/// libgit2, which is loaded when it is first needed.
package enum GitLibrary {
    package enum Availability: Sendable, Equatable {
        /// With its version, as `1.9.0`.
        case loaded(version: String)
        /// With what the system's loader says.
        case unavailable(reason: String)
    }

    static var isThere: Bool { git_library_is_there() != 0 }

    /// Loads the library if need be. `hftml doctor` lists it.
    package static var availability: Availability {
        guard git_library_is_there() != 0 else {
            return .unavailable(reason: git_library_problem().map { String(cString: $0) } ?? "unknown cause")
        }
        var (major, minor, revision): (Int32, Int32, Int32) = (0, 0, 0)
        git_libgit2_version(&major, &minor, &revision)
        return .loaded(version: "\(major).\(minor).\(revision)")
    }

    /// Begun once a process and never ended: each beginning reads all certificates of the system, 13 ms of work.
    private static let isBegun = git_libgit2_init() > 0

    /// What stands before every other call into the library.
    ///
    /// - Throws: ``Failure`` with code `git.no-library`.
    static func begin() throws {
        try require()
        _ = isBegun
    }

    /// - Throws: ``Failure`` with code `git.no-library`.
    package static func require(_ availability: Availability = availability) throws {
        guard case .unavailable(let reason) = availability else { return }
        throw Failure(
            "git.no-library", "cannot load libgit2: \(reason)",
            hint: "install it with: apt-get install libgit2-\(soversion), and check with: hftml doctor")
    }

    /// The version of the binary interface that this program was built for.
    package static var soversion: String { String(cString: git_library_soversion()) }
}
