package io.github.certflux.dns;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Reads what dnsjava has parsed. It comes from anyone: only what was asked for is taken. */
final class Messages {
  /** More than any honest answer has; what comes after these is not looked at. */
  private static final int MOST_RECORDS = 256;

  private static final int LONGEST_CHAIN = 8;

  private Messages() {}

  /** An absolute name. */
  static Name name(String text) {
    try {
      return Name.fromString(text.endsWith(".") ? text : text + ".");
    } catch (TextParseException e) {
      throw new IllegalArgumentException("not a DNS name: '" + text + "'", e);
    }
  }

  /** Without the dot at its end, in lower case; empty for the root. */
  static String text(Name name) {
    return name.equals(Name.root) ? "" : name.toString(true).toLowerCase(Locale.ROOT);
  }

  static Message question(Name name, int type, boolean recursive) {
    Message question = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    if (!recursive) {
      question.getHeader().unsetFlag(Flags.RD);
    }
    return question;
  }

  static String rcode(Message answer) {
    return Rcode.string(answer.getRcode());
  }

  /** Whether the server knows the answer: perhaps that there is nothing. */
  static boolean isAnswer(Message answer) {
    return answer.getRcode() == Rcode.NOERROR || answer.getRcode() == Rcode.NXDOMAIN;
  }

  static boolean isAuthoritative(Message answer) {
    return answer.getHeader().getFlag(Flags.AA);
  }

  /** The records of a section that are of this type and name. */
  static <T extends Record> List<T> records(
      Message answer, int section, Name owner, Class<T> type) {
    return answer.getSection(section).stream()
        .limit(MOST_RECORDS)
        .filter(record -> record.getName().equals(owner) && record.getDClass() == DClass.IN)
        .filter(type::isInstance)
        .map(type::cast)
        .toList();
  }

  /** The records of the answer, found behind the aliases that come with it. */
  static <T extends Record> List<T> answers(Message answer, Name owner, Class<T> type) {
    Name at = owner;
    for (int i = 0; i <= LONGEST_CHAIN; i++) {
      List<T> found = records(answer, Section.ANSWER, at, type);
      Optional<Name> next = alias(answer, at);
      if (!found.isEmpty() || next.isEmpty()) {
        return found;
      }
      at = next.get();
    }
    return List.of();
  }

  /** What a name is an alias of. */
  static Optional<Name> alias(Message answer, Name owner) {
    return records(answer, Section.ANSWER, owner, CNAMERecord.class).stream()
        .findFirst()
        .map(CNAMERecord::getTarget);
  }

  /** The values of TXT records, each in one piece. */
  static List<String> texts(Message answer, Name owner) {
    List<String> values = new ArrayList<>();
    for (TXTRecord record : answers(answer, owner, TXTRecord.class)) {
      StringBuilder value = new StringBuilder();
      record
          .getStringsAsByteArrays()
          .forEach(part -> value.append(new String(part, StandardCharsets.ISO_8859_1)));
      values.add(value.toString());
    }
    return values;
  }

  /** That a server gave no answer to a question. */
  static DnsException noAnswer(String server, Name name, int type, Message answer) {
    return new DnsException(
        answer.getRcode() == Rcode.REFUSED
            ? DnsException.Reason.REFUSED
            : DnsException.Reason.FAILED,
        server,
        "",
        rcode(answer),
        "no answer for " + Type.string(type) + " of " + text(name),
        null);
  }
}
