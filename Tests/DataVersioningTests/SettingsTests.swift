import Basics
import DataVersioning
import TestSupport
import Testing

@Suite struct SettingsTests {
    @Test("the environment is the caller's: levels of configuration, and keys of remotes")
    func environment() throws {
        let directory = try TemporaryDirectory()
        let environment = [
            "DVC_GLOBAL_CONFIG_DIR": directory.file("global"), "DVC_SYSTEM_CONFIG_DIR": directory.file("system"),
            "MARK": "mine",
        ]
        let workspace = try Workspace.create(directory.file("w"), environment: environment)
        #expect(workspace.environment == environment && workspace.settings.remoteNames == [])
        try directory.write("[core]\n    remote = a\n['remote \"a\"']\n    url = store\n", to: "system/config")
        try directory.write("['remote \"a\"']\n    jobs = 3\n", to: "global/config")
        try directory.write("['remote \"a\"']\n    jobs = 5\n", to: "w/.dvc/config")
        let settings = try Workspace(root: workspace.root, environment: environment).settings
        let remote = try settings.remote(nil)
        #expect(remote.url == directory.file("system/store"), "relative to the file that states it")
        #expect(remote.options["jobs"] == "5", "the repository's file is read last")
        #expect(remote.environment["MARK"] == "mine")
        #expect(try Workspace(root: workspace.root, environment: [:]).settings.defaultRemote == nil)
    }

    @Test(
        "where the global file is",
        arguments: [
            (["XDG_CONFIG_HOME": "/x"], "/x/dvc/config"), (["HOME": "/h"], "/h/.config/dvc/config"),
            (["DVC_GLOBAL_CONFIG_DIR": "/d", "HOME": "/h"], "/d/config"),
            (["XDG_CONFIG_HOME": "", "HOME": "/h"], "/h/.config/dvc/config"),
        ])
    func globalFile(_ environment: [String: String], _ path: String) {
        #expect(RepositorySettings.Level.global.path(root: "/w", environment: environment) == path)
    }

    @Test("unknown sections and remotes are refused with the nearest name")
    func unknown() throws {
        let directory = try TemporaryDirectory()
        try Workspace.create(directory.path, environment: [:])
        try directory.write("['remote \"storage\"']\n    url = /s\n", to: ".dvc/config")
        let workspace = try Workspace(root: directory.path, environment: [:])
        let unknown = try #require(throws: Failure.self) { try workspace.settings.remote("storge") }
        #expect(unknown.code == "remote.unknown" && unknown.hint == "did you mean 'storage'?")
        // Remotes that refer to others, and at last to a place; in a circle they refer to none.
        try directory.write(
            "['remote \"a\"']\n    url = remote://b/x\n    port = 7\n"
                + "['remote \"b\"']\n    url = ssh://h/p\n    port = 9\n    user = u\n"
                + "['remote \"c\"']\n    url = remote://d\n['remote \"d\"']\n    url = remote://e/y\n"
                + "['remote \"e\"']\n    url = remote://c\n", to: ".dvc/config")
        let settings = try Workspace(root: directory.path, environment: [:]).settings
        let nested = try settings.remote("a")
        #expect(nested.url == "ssh://h/p/x" && nested.options["port"] == "7" && nested.options["user"] == "u")
        for name in ["c", "d", "e"] {
            #expect(try #require(throws: Failure.self) { try settings.remote(name) }.code == "remote.loop")
        }
        let none = try #require(throws: Failure.self) { try workspace.settings.remote(nil) }
        #expect(none.code == "remote.none")
        try directory.write("[cor]\n    remote = x\n", to: ".dvc/config")
        let section = try #require(throws: ConfigError.self) { try Workspace(root: directory.path, environment: [:]) }
        #expect(section.hint == "did you mean 'core'?")
    }
}
