import Basics
import Foundation
import TestSupport
import Testing
import Workflows

@Suite struct UnprotectDataTests {
    @Test("a link to the cache becomes a file that may be edited")
    func unprotect() throws {
        let project = try VersionedProject()
        try project.write("[cache]\n    type = symlink\n", to: ".dvc/config")
        try project.write("one\n", to: "a.csv")
        let workspace = try project.session().workspace
        _ = try AddData.run([project.file("a.csv")], in: workspace)
        var info = stat()
        #expect(lstat(project.file("a.csv"), &info) == 0 && info.st_mode & S_IFMT == S_IFLNK)
        try UnprotectData.run([project.file("a.csv")], in: workspace)
        #expect(lstat(project.file("a.csv"), &info) == 0 && info.st_mode & S_IFMT == S_IFREG)
        #expect(info.st_mode & S_IWUSR != 0 && info.st_nlink == 1)
        #expect(try project.read("a.csv") == "one\n")
    }

    @Test("what is not there is an error")
    func missing() throws {
        let project = try VersionedProject()
        #expect(throws: FileError.self) {
            try UnprotectData.run([project.file("nowhere")], in: try project.session().workspace)
        }
    }
}
