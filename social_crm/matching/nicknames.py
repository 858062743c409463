"""Short and pet forms of given names, several languages; folded as names.py folds.

A line is a name and what people who bear it are called. Forms of the same name in other
languages stand beside it where people use both. A short form may belong to several.
"""

from functools import lru_cache

_TABLE = """
abigail abby gail
abraham abe
adelaide addie
agnieszka aga
albert al bert bertie albrecht
alejandro ale jandro
aleksandra alexandra sasha ola olya alex sandra ale aleksandr
alexander alex sasha sascha xander sandy al alec alessandro alejandro aleksandr
 aleksander aleksey
aleksei alyosha alexei alex aleksey lyosha
alfred al fred alfie alf
alistair al ali alasdair alastair
amanda mandy
amelia amy millie
anastasia nastya stacy ana nastia
andrea andie andi
andreas andi andy
andrew andy drew andrei andrzej andre
angela angie
ann anna anne annie nan nancy hannah ania anya anka annette ana anita
anthony tony anton antonio antoine ant
antonio toni tonio tono nino toninho
arthur art artie arturo
augustus gus august augustin
barbara barb babs basia bobbie barbie
bartholomew bart bartek
bartosz bartek
beatrice bea trixie beatrix beatriz
benjamin ben benny benji
bernard bernie bernhard
bernadette bernie
bogdan bodya
boris borya
bradley brad
brian bryan
cameron cam
carl karl charles carlos
carolina caro carol caroline karoline lina
caroline carrie carol caro lina
cassandra cass cassie sandra
catherine cathy kathy kate katie kay kit kitty cat katherine kathryn katharina
 catalina katarina ekaterina katya karen kasia katarzyna kathleen katrina cait caitlin
charles charlie chuck chas carlos carl chaz
charlotte lottie charlie lotte
christian chris kris christiaan
christina chris tina chrissy kris christine kristina kirsten krystyna christa
christine chris tina chrissy christina kristin
christopher chris kit topher kris krzysztof cristobal christoph christophe
clara klara claire
clifford cliff
concepcion concha conchita
constance connie
cornelius neil cor kees
curtis curt
cynthia cindy
daniel dan danny dani
deborah deb debbie debra
dennis denny denis den
diana di diane
dietrich dieter
dmitry dima mitya dmitri dmitrij
dolores lola
dominic dom nick dominik
donald don donny donnie
dorothy dot dottie dolly dora
douglas doug
eduardo edu lalo eddie
edward ed eddie ted teddy ned eduardo eduard
eleanor ellie nell nora elinor lena
elena lena helena yelena helene helen lenka
elizabeth liz lizzie lizzy beth betty bess eliza elisa lisa libby elsie elisabeth
 elise bettina ela elzbieta liza elsa betsy isabel lili
emily em emmy emilia
emma em emmy
enrique quique kike henry
eric rick erik
ernest ernie ernst ernesto
esther essie hester
eugene gene yevgeny evgeny zhenya
eugenia zhenya evgenia yevgenia
evelyn eve evie
felicity flick fliss
ferdinand ferdi nando fernando
florence flo florrie flora
frances fran francie frankie francesca franziska
francisco paco pancho curro fran kiko chico
francis frank fran franz francois francesco franciszek
franklin frank
franz franzl
frederick fred freddie freddy fritz friedrich rick frederik federico
gabriel gabe gabi
gabriela gabi gaby gabriele gabriella
gennady gena
georg jorg schorsch
george georgie jorge georg georges giorgio jerzy yuri
gerald gerry jerry
jerrold jerry
gerard gerry gerhard gerd gerardo
gertrude trudy gerti
giovanni gianni vanni john nino
giuseppe beppe peppe pino joseph beppo
graham gray
gregory greg gregor grzegorz grisha grigory
grigory grisha
guadalupe lupe
guillaume gui william
hans hannes johannes
harold harry hal
harriet hattie harry
heinrich heinz heiner hein
helen nell nellie lena helena ellen
henry harry hank hal henri heinrich enrique henrik hendrik
herbert herb bert
hubert bert hugh
ignacio nacho
igor garik
irina ira irene irka
isaac ike zac
isabel isa bella izzy isabella isabelle elisabeth belle
ivan vanya john
jacob jake jakob coby jacobo jaap
jacqueline jackie jacqui
james jim jimmy jamie jem jaime jay
jan john johannes
janet jan
janina nina
jennifer jen jenny jenn
jeffrey jeff geoff geoffrey
jeremiah jerry jem
jeremy jem jerry jez
jessica jess jessie
jesus chuy chus
joachim jochen achim joaquin
joan jo joanie
joanna jo joanne asia johanna
johannes hans hannes johann jo jan jens
john johnny jack jon jonny johan jean juan ivan jan giovanni joao ian sean hans johannes
jonathan jon jonny nathan johnny
jose pepe chepe joseph
josefa pepa
joseph joe joey jose josef giuseppe jozef jos jo sepp
josephine jo josie fina
joshua josh
juan juanito john
judith judy jutta
julia jules julie yulia yuliya
julian jules
julie jules julia
karolina karola lina
katharina kathi kati katja katrin
kenneth ken kenny
kimberly kim kimmy
klaus nikolaus claus
konstantin kostya konstantine kostas costas
krystyna krysia
laura laurie lori
lawrence larry lars laurie laurence lorenz lorenzo laurent
leonard len lenny leo leon
leonid lyonya
leopold leo poldi
leslie les
lewis lew louis
lillian lil lilly lily
louis lou louie lewis ludwig luis luigi
louise lou luisa
lucas luke luca luc lukas lukasz
lucia lucy lucie
ludmila lyuda mila lyudmila
ludwig lutz wiggerl
luis lucho
madeleine maddie madeline maddy
magdalena magda lena leni
malcolm mal
manuel manolo manny manu
manuela manu
marcus mark marc marco markus marek
margaret maggie meg peggy marge greta rita margie margarita margot margarete gretchen
 malgorzata gosia marguerite molly daisy
margarete grete gretel
maria mary mia marie masha mitzi marika maryam miriam
mariadelcarmen carmen
marina rina
marjorie marge margie
martha marty patty
martin marty mart martyn
mary molly polly may marie maria moll
mateusz matt matthew
matilda tilly tilda mathilde
matthew matt matty mateo mathieu matthias matthaus matteo
matthias matt hias matze
maurice mo moritz maurizio
maximilian max maxi
maxwell max
melanie mel
melissa mel missy
mercedes merche
michael mike mick mickey mikey micky michel miguel mikhail misha michal michi michele
michelle shelly mich
mildred millie
mikhail misha
mohammed mo mohamed muhammad mohammad ahmed mehmet
monica mona
nadezhda nadia nadya nadja
nancy nan
natalia natasha natalie nata talia natalya
nathan nate nat
nathaniel nate nat nathan
nicholas nick nicky nico niko nicolas nikolai klaus nikolaus kolya nikos nicola colin
nicole nicky nikki nico
nikolai kolya
oleg olezha
olga olya
oliver ollie olly
pamela pam
patricia pat patty tricia trish patsy pati
patrick pat paddy patrik patricio
paul pablo paolo pavel pawel pauli
paula polly
pavel pasha
penelope penny
percival percy
peter pete petey pedro pierre piotr pyotr petr petros pietro petra
philip phil pip philipp felipe philippe filip
phillip phil pip
philippa pippa pip
phyllis phyl
piotr petya
priscilla cilla
rachel rach
rafael rafa raphael
ramon moncho
randolph randy
raymond ray
rebecca becky becca bex
reginald reg reggie
renate nati
ricardo ricky richie
richard rich rick ricky dick dickie ricardo ritchie riccardo richie
robert bob bobby rob robbie bert robin roberto bobbie
roberto beto tito
rocio chio
roderick rod roddy
rodney rod
roger rodge ruggero rutger
roman roma
ronald ron ronnie ronny
rosalind roz
rosario charo
rose rosie rosa
roxanne roxy
rudolf rudi rudy
rupert rup
russell russ
salvador chava salva
salvatore toto turi
samantha sam sammy
samuel sam sammy
sandra sandy alexandra
santiago santi diego
sarah sally sara sadie
sebastian seb basti bastian
sergei seryozha serge sergio sergey
sharon shaz
shirley shirl
sidney sid
silvester sly
simon si simone
sofia sophie sonya zosia sophia sonja sofie
solomon sol
stanislav stas stan slava stanislaw
stanley stan
stefan steffen steve stephan
stephanie steph steffi stefanie
stephen steve stevie stefan steph esteban steven etienne
steven steve stevie
stewart stew stu stuart
susan sue suzie susie suzy sukie susanne susanna suzanne sanne
susanne susi sanne
svetlana sveta lana
sylvia sil silvia
tamara toma
tatiana tanya tania tatyana
terence terry
teresa terry tess tessa therese theresa resi tere
theodore ted teddy theo teodor fyodor
thomas tom tommy thom tomas tomasz tommaso
timothy tim timmy
tobias toby tobi
ulrich uli ulli
ursula uschi ulla
valentina valya tina
valerie val
vanessa nessa
veronica ronnie vero nika vera
victor vic vik viktor vittorio
victoria vicky vicki tori vika viktoria vic
vincent vince vinny vincenzo vicente vin
virginia ginny ginger
vladimir vova volodya vlad
vladislav vlad slava
vyacheslav slava
walter walt wally
wendy wen
wilhelm willi willy
william bill billy will willie liam wilhelm willem guillermo guillaume bil willy
wolfgang wolf wolfi
yaroslav slava yarik
yekaterina katya katia ekaterina
yevgeny zhenya evgeny evgenij evgeni
yuri yura juri
zachary zach zack zac
zbigniew zbyszek
zofia zosia
"""
# Names without short forms that are often told from others by one letter, or that show
# in a handle that it is somebody else's.
_OTHERS = """
aaron adam agatha ahmad aidan alan alba alice alina alma amina amir amit anders anika
anita annabel antje anya aria arjun arne asa astrid aurora axel bella bilal birgit
bjorn boris brenda brett brigitte bruce bruno carla carmen cecilia celine cesar chloe
cindy claude claudia claus cora craig dario dean delia denise derek diego dominique
doris dylan eduard edgar edith elaine elias elif elin elio ella ellen elliot emil
emilio enzo erika erin erwin ethan eva eve fabian fabio fatima felix fiona fiora
florian freya gemma gianna gina giulia gloria greta guido gunnar gustav hana harvey
hassan heather heidi heike helga henrietta hilary holger holly hugo ibrahim ines inga
ingrid iris isaiah ismail ivana ivo jana jane jasmin jasper javier jenna joana joaquin
joel jolanta jonas jordan joy joyce jorge julio jutta kai kamil karim karin karina
karla kelly kerstin kevin kira kristian lea leah leila leonie liam lidia linda linus
livia logan lorena luna lydia maja malik manfred marcel marcin marek mariana marlene
marta matias maxim maya mehdi mercy mia milan mila mina miranda mona moses nadine
naomi nelson nils nina noah noel nora norbert nuno olaf olivia omar oscar osman otto
owen paige paolo petra phoebe pia pilar quentin rahul ralf raquel rene rhea rita robin
rolf ronja rosalia ruben ruth ryan sabine said salma sam samira santos sasha saul
scott selma serena simone siobhan sven tara tariq theresa thea tilo tom tracy trevor
troy ulrike uwe valentin vera vidal viola wanda wayne wesley xavier yann yasmin yusuf
yves zara zoe
"""


def _read(table: str) -> tuple[dict[str, frozenset[str]], dict[str, tuple[str, ...]]]:
    roots: dict[str, set[str]] = {}
    forms = {}
    for line in table.replace("\n ", " ").split("\n"):
        name, *short = line.split() or [""]
        forms[name] = tuple(short)
        for form in (name, *short):
            roots.setdefault(form, set()).add(name)
    return {form: frozenset(names) for form, names in roots.items()}, forms


ROOTS, FORMS = _read(_TABLE + _OTHERS.replace(" ", "\n"))
_NONE: frozenset[str] = frozenset()


def roots(name: str) -> frozenset[str]:
    """Return the full names that ``name`` (folded) may be short for, itself included;
    nothing if the table does not know it."""
    return ROOTS.get(name, _NONE)


@lru_cache(maxsize=1 << 14)
def same_name(a: str, b: str) -> bool:
    """Whether two folded given names may be of one person: bob and robert."""
    return not roots(a).isdisjoint(roots(b))
