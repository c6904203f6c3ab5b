import Foundation

/// The directory with specifications and real market data, which is not part of the repository.
package enum SharedData {
    package static let directory: String? = {
        let path = ProcessInfo.processInfo.environment["HFTML_SHARED"] ?? "\(repository)/../shared"
        if FileManager.default.fileExists(atPath: path + "/specs") { return path }
        print("skipping tests on real data: '\(path)' is not there (set HFTML_SHARED)")
        return nil
    }()

    /// What programs that tests start see as theirs.
    package static let environment = ProcessInfo.processInfo.environment

    package static var isThere: Bool { directory != nil }
    package static func path(_ name: String) -> String { "\(directory ?? "")/\(name)" }

    /// The root of this repository, from where this file stands.
    package static let repository: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// Whether the Python beside the clients, or one of an environment below it, has a module installed.
    package static func pythonHas(_ module: String, in environment: String = "") -> Bool {
        guard let bin = client(environment.isEmpty ? "python3" : "../\(environment)/bin/python3") else { return false }
        let library = (bin as NSString).deletingLastPathComponent + "/../lib"
        return ((try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []).contains {
            FileManager.default.fileExists(atPath: "\(library)/\($0)/site-packages/\(module)")
        }
    }

    /// A real client that `./test` installed, or nil.
    package static func client(_ name: String) -> String? {
        let directory =
            ProcessInfo.processInfo.environment["HFTML_TEST_CLIENTS"] ?? "\(repository)/.build/test-clients/bin"
        let path = "\(directory)/\(name)"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        print("skipping a test: the client '\(name)' is not installed at \(directory)")
        return nil
    }
}
