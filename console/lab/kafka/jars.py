"""Apache Kafka's own jars, fetched once through Maven into the user's cache directory.

`python -m console.lab.kafka.jars` fetches them; the lab starts its brokers from there.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_cache_dir

VERSION = "3.9.1"  # the newest that Amazon MSK offers with Java 11; 4.x needs Java 17
# kafka-tools alone holds ConsumerGroupCommand; what it drags in is for Connect, not for us.
POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
 <groupId>oncall</groupId><artifactId>lab-kafka</artifactId><version>1</version>
 <packaging>pom</packaging>
 <dependencies>
  <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
   <version>{VERSION}</version></dependency>
  <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId>
   <version>{VERSION}</version><exclusions><exclusion>
   <groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>
  <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-reload4j</artifactId>
   <version>1.7.36</version></dependency>
  <dependency><groupId>ch.qos.reload4j</groupId><artifactId>reload4j</artifactId>
   <version>1.2.25</version></dependency>
 </dependencies></project>
"""
COPY = "dependency:copy-dependencies"
MAVEN_SECONDS = 600


class NoJars(Exception):
    """Apache Kafka cannot be had here; `str()` says why and what to do."""


def home() -> Path:
    """The directory of the jars (`lib/`) and of the class archive that speeds up a start."""
    return Path(user_cache_dir("oncall")) / f"kafka-{VERSION}"


def archive() -> Path:
    """The JVM's class-data archive; a broker without it starts twice as slowly."""
    return home() / "kafka.jsa"


def missing_tools() -> str | None:
    """Which program Apache Kafka needs and this machine lacks."""
    absent = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    return f"{' and '.join(absent)} not installed" if absent else None


def available() -> str | None:
    """Why Apache Kafka cannot be started now; None when it can."""
    if shutil.which("java") is None:
        return "java not installed"
    if not (home() / "lib").is_dir():
        return "Apache Kafka not fetched: run python -m console.lab.kafka.jars"
    return None


def classpath() -> str:
    """The jars in a fixed order: the class archive only fits the order it was made with."""
    return ":".join(sorted(str(jar) for jar in (home() / "lib").glob("*.jar")))


def fetch(say: Callable[[str], object] = print) -> Path:
    """Fetch the jars unless they are there, and make the class archive; raises NoJars.

    A directory appears whole or not at all, so an interrupted or a second fetch does no harm.
    """
    if available() is not None:
        if reason := missing_tools():
            raise NoJars(f"Apache Kafka cannot be fetched: {reason}")
        say(f"Fetching Apache Kafka {VERSION} through Maven (about 50 MB, once) …")
        _copy_jars()
    if not archive().exists():
        from console.lab.kafka.apache import NotStarted, make_archive

        say("Making the class archive that halves the brokers' start …")
        try:
            asyncio.run(make_archive())
        except NotStarted as error:  # they may still start without it, more slowly
            say(f"No class archive: {error}")
    return home()


def _copy_jars() -> None:
    home().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home().parent, prefix="fetch-") as scratch:
        made = Path(scratch) / "kafka"
        made.mkdir()
        (made / "pom.xml").write_text(POM)
        options = ["-DincludeScope=runtime", f"-DoutputDirectory={made / 'lib'}"]
        command = ["mvn", "-q", "-B", "-f", str(made / "pom.xml"), COPY, *options]
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=MAVEN_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise NoJars(f"Maven did not finish in {MAVEN_SECONDS} s; try again") from None
        if ran.returncode:
            lines = [line for line in ran.stdout.splitlines() if "ERROR" in line]
            why = lines[0] if lines else ran.stderr.strip()[:300]
            raise NoJars(f"Maven could not fetch Apache Kafka (network, proxy?): {why}")
        try:
            made.rename(home())
        except OSError:  # another fetch was first: its jars are as good
            if available() is not None:
                raise


if __name__ == "__main__":
    try:
        print(f"Apache Kafka {VERSION} is in {fetch()}")
    except NoJars as error:
        sys.exit(str(error))
