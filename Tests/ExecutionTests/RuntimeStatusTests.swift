import Basics
import Deployment
import Execution
import Foundation
import ModelBundles
import TestSupport
import Testing
import Trading

@Suite struct RuntimeStatusTests {
    @Test("what is in force and whether trading is halted, for machines and for people")
    func status() throws {
        let fixture = try EnvironmentFixture()
        var status = try RuntimeStatus(fixture.environment)
        #expect(status.text == "test: no bundle")
        #expect(
            status.json.text(.compact)
                == #"{"schemaVersion":1,"environment":"test","bundle":null,"name":null,"version":null,"signer":null,"#
                + #""halted":false}"#
        )
        let digest = try fixture.install(5)[0]
        try AtomicFile.write("now\n", to: fixture.environment.haltFile)
        status = try RuntimeStatus(fixture.environment)
        #expect(status.text == "test: tiny/5 signed by signer, HALTED" && status.bundle == digest && status.isHalted)
        #expect(status.json[key: "version"]?.intValue == 5 && status.json[key: "halted"]?.boolValue == true)
    }
}

@Suite struct RuntimeEnvironmentTests {
    @Test("by its file or its directory, with everything below one directory")
    func places() throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"schemaVersion": 1, "name": "paper"}"#, to: "env/runtime.json")
        for path in [directory.file("env"), directory.file("env/runtime.json")] {
            let environment = try DeploymentDirectory(path)
            #expect(environment.name == "paper" && environment.paperFeeBps == 0)
            #expect(environment.directory == Paths.absolute(directory.file("env")))
            let root = environment.directory
            #expect(
                [
                    environment.trusted, environment.inbox, environment.installed, environment.current,
                    environment.previous, environment.rejected, environment.receipts, environment.journal,
                    environment.healthFile, environment.haltFile,
                ].map { String($0.dropFirst(root.count)) } == [
                    "/trusted", "/inbox", "/installed", "/installed/current.hftbundle", "/installed/previous.hftbundle",
                    "/rejected", "/receipts", "/journal", "/health.json", "/halt",
                ])
        }
    }

    @Test(
        "a configuration that is not valid is refused",
        arguments: [
            #"{"schemaVersion": 2, "name": "x"}"#, #"{}"#, #"{"name": "x", "paperFeeBps": -0.1}"#,
            #"{"name": "x", "paperFeeBps": 1000.1}"#, #"{"name": "x", "fee": 1}"#, "[]", "{",
        ])
    func refuses(text: String) throws {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "runtime.json")
        #expect(throws: ConfigError.self) { try DeploymentDirectory(directory.path) }
        #expect(throws: FileError.self) { try DeploymentDirectory(directory.file("nothing")) }
    }

    @Test("the largest fee is a thousand basis points")
    func fee() throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"name": "x", "paperFeeBps": 1000}"#, to: "runtime.json")
        #expect(try DeploymentDirectory(directory.path).paperFeeBps == 1000)
    }
}
