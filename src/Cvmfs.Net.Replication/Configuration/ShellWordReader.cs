using System.Buffers;
using System.Text;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Reads the value of an assignment: quotes, escapes, and variables put in place of their names.</summary>
/// <remarks>What two shells might understand differently, or what would have to be executed, is refused.</remarks>
internal ref struct ShellWordReader
{
    private const int MaxValueBytes = 64 << 10;
    private const int MaxDepth = 16;
    private const string WriteOut = "Nothing is executed here; write the value itself.";

    // Values that the shell makes up, different each time or in each program: what a file means by them cannot be known here.
    private static readonly HashSet<string> s_madeUp = new(StringComparer.Ordinal)
    {
        "PWD", "OLDPWD", "RANDOM", "SRANDOM", "SECONDS", "LINENO", "EPOCHSECONDS", "EPOCHREALTIME", "PPID", "UID", "EUID", "GROUPS", "HOSTNAME",
        "HOSTTYPE", "MACHTYPE", "OSTYPE", "SHLVL", "IFS", "OPTIND", "OPTARG", "OPTERR", "PS1", "PS2", "PS4", "FUNCNAME", "PIPESTATUS", "DIRSTACK",
        "BASH", "SHELLOPTS", "BASHOPTS", "COLUMNS", "LINES", "MAIL", "MAILCHECK", "MAILPATH", "HISTCMD", "COMP_WORDBREAKS", "_",
    };

    private static readonly SearchValues<char> s_splitOrExpanded = SearchValues.Create(" \t\n*?[\\");

    private readonly ShellVariables _variables;
    private readonly IReadOnlyList<string> _sameCommand; // names that the command has set before: shells differ in whether their new values count yet
    private readonly bool _isArgument; // of export, where shells differ in what they split and expand
    private readonly ArrayBufferWriter<byte> _value = new(64);
    private ShellCursor _cursor;
    private int _depth;

    private ShellWordReader(ShellCursor cursor, ShellVariables variables, IReadOnlyList<string> sameCommand, bool isArgument)
    {
        _cursor = cursor;
        (_variables, _sameCommand, _isArgument) = (variables, sameCommand, isArgument);
    }

    /// <summary>Reads a value and leaves the cursor behind it.</summary>
    public static string Read(ref ShellCursor cursor, ShellVariables variables, IReadOnlyList<string> sameCommand, bool isArgument)
    {
        int line = cursor.Line;
        var reader = new ShellWordReader(cursor, variables, sameCommand, isArgument);
        reader.ReadUnquoted();
        cursor = reader._cursor;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(reader._value.WrittenSpan);
        }
        catch (DecoderFallbackException)
        {
            throw cursor.Refuse(line, "the value is no UTF-8 text. Save the file as UTF-8.");
        }
    }

    /// <summary>Whether the shell has a use of its own for a variable, so that a file cannot simply set or name it.</summary>
    public static bool IsMadeUp(string name) => s_madeUp.Contains(name) || name.StartsWith("BASH_", StringComparison.Ordinal);

    private void ReadUnquoted()
    {
        bool mayBeHome = true;
        while (!_cursor.AtEnd)
        {
            byte c = _cursor.Current;
            if (c is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)';') return;
            if (c is (byte)'&' or (byte)'|' or (byte)'<' or (byte)'>' or (byte)'(' or (byte)')')
            {
                throw _cursor.Refuse($"\"{(char)c}\" means something else to a shell: {_cursor.Rest()}. Put the value into single quotes.");
            }

            if (_isArgument && c is (byte)'*' or (byte)'?' or (byte)'[' or (byte)'{')
            {
                throw _cursor.Refuse($"\"{(char)c}\" in an argument of export may be expanded or not. Put the value into quotes.");
            }

            mayBeHome = ReadPiece(c, mayBeHome);
        }
    }

    /// <summary>Up to the brace that ends a default.</summary>
    private void ReadDefault()
    {
        bool mayBeHome = true;
        while (_cursor.Current != '}')
        {
            byte c = _cursor.Current;
            if (_cursor.AtEnd || c == '\n') throw _cursor.Refuse("\"${\" without its \"}\" on the same line. Close it.");
            if (_isArgument && c is (byte)' ' or (byte)'\t' or (byte)'*' or (byte)'?' or (byte)'[')
            {
                throw _cursor.Refuse($"a default with \"{(char)c}\" in an argument of export may be split or expanded. Put all of it into double quotes.");
            }

            mayBeHome = ReadPiece(c, mayBeHome);
        }
    }

    // Returns whether a tilde that follows would mean a home folder.
    private bool ReadPiece(byte c, bool mayBeHome)
    {
        switch (c)
        {
            case (byte)'\'':
                ReadSingleQuoted();
                return false;
            case (byte)'"':
                ReadDoubleQuoted();
                return false;
            case (byte)'\\':
                return ReadEscape() && mayBeHome;
            case (byte)'$':
                ReadExpansion(isQuoted: false);
                return false;
            case (byte)'`':
                throw _cursor.Refuse($"a command in backquotes: {_cursor.Rest()}. {WriteOut}");
            case (byte)'~' when mayBeHome:
                throw _cursor.Refuse("\"~\" stands for a home folder, which depends on who asks. Write the path.");
            default:
                Append(_cursor.Take());
                return c == ':';
        }
    }

    /// <summary>A character without its meaning. True if nothing came of it, because a line goes on.</summary>
    private bool ReadEscape()
    {
        _cursor.Take();
        if (_cursor.AtEnd) throw _cursor.Refuse("ends with a backslash. Remove it.");
        byte escaped = _cursor.Take();
        if (escaped == '\n') return true;
        Append(escaped);
        return false;
    }

    private void ReadSingleQuoted()
    {
        int line = _cursor.Line;
        _cursor.Take();
        while (_cursor.Current != '\'')
        {
            if (_cursor.AtEnd) throw _cursor.Refuse(line, "a single quote that is never closed. Close it.");
            Append(_cursor.Take());
        }

        _cursor.Take();
    }

    private void ReadDoubleQuoted()
    {
        int line = _cursor.Line;
        _cursor.Take();
        while (_cursor.Current != '"')
        {
            if (_cursor.AtEnd) throw _cursor.Refuse(line, "a double quote that is never closed. Close it.");
            switch (_cursor.Current)
            {
                case (byte)'\\':
                    if (_cursor.Peek(1) is (byte)'$' or (byte)'`' or (byte)'"' or (byte)'\\' or (byte)'\n') ReadEscape();
                    else Append(_cursor.Take());
                    break;
                case (byte)'$':
                    ReadExpansion(isQuoted: true);
                    break;
                case (byte)'`':
                    throw _cursor.Refuse($"a command in backquotes: {_cursor.Rest()}. {WriteOut}");
                default:
                    Append(_cursor.Take());
                    break;
            }
        }

        _cursor.Take();
    }

    private void ReadExpansion(bool isQuoted)
    {
        byte next = _cursor.Peek(1);
        if (next == '{')
        {
            ReadBraced(isQuoted);
            return;
        }

        if (ShellCursor.IsNameByte(next, isFirst: true))
        {
            _cursor.Take();
            Append(ValueOf(_cursor.TakeName()), isQuoted);
            return;
        }

        bool isLiteral = isQuoted && _depth == 0 ? next is (byte)'"' or (byte)' ' : next is 0 or (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)';' && _depth == 0;
        if (!isLiteral)
        {
            throw _cursor.Refuse(next == '('
                ? $"the output of a command or a computation: {_cursor.Rest()}. {WriteOut}"
                : $"\"${(char)next}\" is no variable that is read here. Write \\$ for a dollar sign, or the value itself.");
        }

        Append(_cursor.Take());
    }

    // ${NAME}, ${NAME:-default}, ${NAME-default}
    private void ReadBraced(bool isQuoted)
    {
        string all = _cursor.Rest();
        if (++_depth > MaxDepth) throw _cursor.Refuse($"more than {MaxDepth} defaults within one another. Write the value itself.");
        (_, _) = (_cursor.Take(), _cursor.Take());
        string name = _cursor.TakeName();
        var value = name.Length > 0 ? ValueOf(name) : null;
        bool countsEmpty = _cursor.Current == ':';
        if (name.Length > 0 && _cursor.Current == '}')
        {
            Append(value, isQuoted);
        }
        else if (name.Length > 0 && _cursor.Peek(countsEmpty ? 1 : 0) == '-')
        {
            _cursor.Take();
            if (countsEmpty) _cursor.Take();
            int before = _value.WrittenCount;
            if (isQuoted) ReadQuotedDefault();
            else ReadDefault();
            if (value is not null && (value.Text.Length > 0 || !countsEmpty))
            {
                // The default was read to find its end; the variable is set, so it does not count.
                byte[] kept = _value.WrittenSpan[..before].ToArray();
                _value.ResetWrittenCount();
                _value.Write(kept);
                Append(value, isQuoted);
            }
        }
        else
        {
            throw _cursor.Refuse($"only ${{NAME}} and ${{NAME:-default}} are read here, found {all}. Write the value itself.");
        }

        _cursor.Take();
        _depth--;
    }

    // Inside double quotes shells disagree on quotes and backslashes in a default.
    private void ReadQuotedDefault()
    {
        while (_cursor.Current != '}')
        {
            byte c = _cursor.Current;
            if (_cursor.AtEnd || c == '\n') throw _cursor.Refuse("\"${\" without its \"}\" on the same line. Close it.");
            if (c is (byte)'"' or (byte)'\'' or (byte)'\\' or (byte)'`')
            {
                throw _cursor.Refuse($"{(char)c} in the default of a variable in double quotes is read differently by different shells. Leave the outer quotes away.");
            }

            if (c == '$') ReadExpansion(isQuoted: true);
            else Append(_cursor.Take());
        }
    }

    private readonly ConfigurationValue? ValueOf(string name)
    {
        bool isKnown = _variables.TryGet(name, out var value);
        if (IsMadeUp(name)) throw _cursor.Refuse($"${name} is made up by the shell. Write the value itself.");
        if (_sameCommand.Contains(name, StringComparer.Ordinal)) throw _cursor.Refuse($"${name} is set in the same command. Put the assignments on lines of their own.");
        return isKnown ? value : null; // not set is empty, as in a shell
    }

    private void Append(ConfigurationValue? value, bool isQuoted)
    {
        if (value is null) return;
        if (_isArgument && !isQuoted && value.Text.AsSpan().ContainsAny(s_splitOrExpanded))
        {
            throw _cursor.Refuse($"${value.Name} has blanks or wildcards and stands unquoted in an argument of export. Put it into double quotes.");
        }

        foreach (byte one in Encoding.UTF8.GetBytes(value.Text)) Append(one);
    }

    private void Append(byte one)
    {
        if (_value.WrittenCount >= MaxValueBytes) throw _cursor.Refuse($"a value of more than {MaxValueBytes} bytes. Shorten it.");
        _value.GetSpan(1)[0] = one;
        _value.Advance(1);
    }
}
