extension ErrorCatalogue {
    /// Private keys of people, SSH agents and tokens of CI.
    static let identity: [Entry] = [
        Entry(
            "identity.issuer", 422, "A tracked issuer of tokens has no key that can be used, or names no project.",
            cause:
                "The file holds no JWKS, or keys of other algorithms than RS256 and ES256; or a document names it, and "
                + "without `claims` every project of that server would count.",
            next: "Put the issuer's key set under `keys` and its projects under `claims` of Registry/issuers/NAME.json."
        ),
        Entry(
            "identity.token", 403, "The CI's token in HFTML_ID_TOKEN does not count.",
            cause: "It expired, is for another audience, or its issuer's keys are not tracked in Registry/issuers.",
            next: "See what the message names; without the variable the account of the system is on record."),
        Entry(
            "key.directory", 400, "There is no directory for private keys.",
            cause: "HFTML_KEYS_DIRECTORY is relative, or there is neither it nor a home directory.",
            next: "Name one: export HFTML_KEYS_DIRECTORY=$HOME/.config/hftml/keys"),
        Entry(
            "key.none", 404, "There is no private key of that name.",
            cause: "A typing mistake, another account, or an SSH key that was not imported.",
            next: "See what there is (hftml keys list), or make one: hftml keys generate NAME"),
        Entry(
            "key.passphrase", 403, "The private key's passphrase is wrong, or nobody can be asked for it.",
            cause: "A typing mistake, or a command without a terminal.",
            next: "Name a file that only you can read: export HFTML_PASSPHRASE_FILE=/PATH"),
        Entry(
            "ssh.agent", 502, "The SSH agent answered something that cannot be used.",
            cause: "Something else than an agent listens there, or it ended.",
            next: "See whether it answers: ssh-add -l"),
        Entry(
            "ssh.no-agent", 503, "No SSH agent was found.",
            cause: "SSH_AUTH_SOCK is not set, or its agent has ended.",
            next: "Start one and give it your key: eval \"$(ssh-agent)\" && ssh-add"),
        Entry(
            "ssh.no-key", 404, "The SSH agent does not have the key.",
            cause: "It was not added, or the agent was started anew.",
            next: "Give it the key: ssh-add ~/.ssh/id_ed25519"),
        Entry(
            "ssh.refused", 403, "The SSH agent did not sign.",
            cause: "Its owner said no, nobody touched the security key, or the agent is locked.",
            next: "Try again, and see its keys with: ssh-add -l"),
    ]
}
