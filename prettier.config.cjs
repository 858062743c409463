/** OCA's settings for 19.0; the indents are those of its .editorconfig. */
module.exports = {
    // By path: prettier finds a plugin by name only beside itself.
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 88,
    proseWrap: "always",
    semi: true,
    tabWidth: 4,
    trailingComma: "es5",
    xmlWhitespaceSensitivity: "preserve",
    overrides: [{files: ["*.json", "*.yaml", "*.yml"], options: {tabWidth: 2}}],
};
