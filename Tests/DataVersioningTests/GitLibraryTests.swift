import Basics
import DataVersioning
import Foundation
import TestSupport
import Testing

@Suite struct GitLibraryTests {
    @Test("libgit2 is there, of the version that this program was built for")
    func loaded() throws {
        guard case .loaded(let version) = GitLibrary.availability else {
            Issue.record("libgit2 was not loaded: \(GitLibrary.availability)")
            return
        }
        #expect(version.hasPrefix(GitLibrary.soversion + "."), "\(version)")
        try GitLibrary.require()
    }

    @Test("a libgit2 that cannot be loaded is an error with a next step, not the absence of a repository")
    func missing() throws {
        let reason = "libgit2.so.9: cannot open shared object file"
        let error = try #require(throws: Failure.self) { try GitLibrary.require(.unavailable(reason: reason)) }
        #expect(error.code == "git.no-library" && error.message.contains(reason))
        #expect(error.hint?.contains("apt-get install libgit2-\(GitLibrary.soversion)") == true)
    }

    @Test("no repository is nil; one above is found")
    func around() throws {
        let directory = try TemporaryDirectory()
        #expect(try GitRepository.around(directory.path) == nil)
        _ = try RunProgram.run("/usr/bin/git", ["init", "-q", "-b", "main"], in: directory.path)
        try directory.write("", to: "a/b/c")
        let repository = try #require(try GitRepository.around(directory.file("a/b")))
        #expect(repository.root.map { Paths.resolved($0) } == Paths.resolved(directory.path))
    }
}
