// How the reference's configuration is read. Its files are pieces of shell script that its tools execute; here nothing is executed:
//
//   HostConfiguration ─► ShellFragment ─► ShellWordReader     statements, then values
//        │                    └─► ShellVariables               by name, with file and line
//        └─► ReplicaConfiguration ─► ReplicationOptions, ReplicaLocation, MasterKeys
//
// Must stay true
//   - What is accepted means exactly what a shell makes of it; tests compare with the shells of the machine.
//   - What is not understood is refused with file and line, never guessed.
namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A file of assignments in shell syntax: <c>NAME=value</c> and <c>export NAME=value</c>, quotes, comments, <c>$NAME</c>, <c>${NAME:-default}</c>.</summary>
internal static class ShellFragment
{
    /// <summary>Longest file, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxAssignments = 4096;
    private const int MaxTotalCharacters = 4 << 20;
    private const string Advice = "Only assignments are read here (NAME=value, export NAME=value); nothing is executed. Remove it, or write what it results in.";

    /// <summary>Reads a file's text into variables.</summary>
    /// <param name="text">All of the file.</param>
    /// <param name="document">Its name, for messages.</param>
    /// <param name="variables">What is known before; the file's own assignments are added.</param>
    /// <exception cref="ConfigurationException">The text holds anything but assignments, or is larger than any real configuration.</exception>
    public static void Read(ReadOnlySpan<byte> text, string document, ShellVariables variables)
    {
        if (text.Length > MaxBytes) throw new ConfigurationException(document, 0, $"{text.Length} bytes, expected at most {MaxBytes}.");
        RefuseControlCharacters(text, document);
        var cursor = new ShellCursor(text, document);
        int assignments = 0;
        long characters = 0;
        while (true)
        {
            cursor.SkipBlanks();
            if (cursor.AtEnd) return;
            if (cursor.Current == '\n') cursor.Take();
            else if (cursor.Current == '#') cursor.SkipComment();
            else ReadStatement(ref cursor, variables, ref assignments, ref characters);
        }
    }

    private static void ReadStatement(ref ShellCursor cursor, ShellVariables variables, ref int assignments, ref long characters)
    {
        string found = cursor.Rest();
        int line = cursor.Line;
        string name = cursor.TakeName();
        bool isExport = name == "export" && cursor.Current is (byte)' ' or (byte)'\t';
        if (isExport)
        {
            cursor.SkipBlanks();
            name = cursor.TakeName();
        }

        var set = new List<string>();
        while (true)
        {
            if (name.Length == 0 || !(cursor.Current == '=' || (isExport && IsWordEnd(cursor.Current)))) throw cursor.Refuse(line, $"a command: {found}. {Advice}");
            if (ShellWordReader.IsMadeUp(name)) throw cursor.Refuse($"{name} belongs to the shell itself. Remove the line.");
            if (cursor.Current == '=')
            {
                int at = cursor.Line;
                cursor.Take();
                string value = ShellWordReader.Read(ref cursor, variables, set, isExport);
                set.Add(name);
                variables.Set(new ConfigurationValue(name, value, cursor.Document, at));
                if (++assignments > MaxAssignments || (characters += value.Length) > MaxTotalCharacters)
                {
                    throw cursor.Refuse($"more than {MaxAssignments} assignments, or values of more than {MaxTotalCharacters} characters together. Is this the right file?");
                }
            }

            cursor.SkipBlanks();
            if (cursor.AtEnd || cursor.Current is (byte)'\n' or (byte)'#') return;
            if (cursor.Current == ';')
            {
                cursor.Take();
                cursor.SkipBlanks();
                if (cursor.Current == ';') throw cursor.Refuse($"two semicolons: {found}. Remove one.");
                return;
            }

            name = cursor.TakeName();
        }
    }

    private static bool IsWordEnd(byte c) => c is 0 or (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)';' || c == '\\';

    private static void RefuseControlCharacters(ReadOnlySpan<byte> text, string document)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is >= 0x20 and not 0x7f or (byte)'\n' or (byte)'\t') continue;
            int line = text[..i].Count((byte)'\n') + 1;
            throw new ConfigurationException(document, line, text[i] == '\r'
                ? "a carriage return, which a shell takes for a part of the value. Save the file with Unix line ends."
                : $"byte 0x{text[i]:x2} has no place in a configuration file. Is it the right file?");
        }
    }
}
